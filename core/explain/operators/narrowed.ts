import type { TensorValue } from "../../tensors/tensor-value.ts";
import { FLOAT_FORMATS, type FloatFormat, roundTo, stepAt } from "../../tensors/float-format.ts";
import type { ExplainedSource, NodeRequest } from "../request.ts";
import { type Elements, readElements } from "../../tensors/read-elements.ts";
import { writeNumbers } from "../../tensors/write-numbers.ts";
import { Call, Unclaimed } from "./call.ts";
import { dialectOf } from "./dialect.ts";
import { operatorOf } from "./index.ts";
import { givenBy, type Judgement } from "./judge.ts";

/** Fewer elements may be narrow by chance. */
const ENOUGH = 16;

/**
 * For a side whose float32 outputs are all float16 or bfloat16 numbers, so that it cannot have computed in float32:
 * judges an element again as if the node were of that narrower type. Null for a side that is not so.
 */
export function narrowedJudge(
  request: NodeRequest,
  side: ExplainedSource,
  output: number,
  given: Elements,
): ((index: number, judgement: Judgement) => Judgement | null) | null {
  // No kernel for processors or WebAssembly computes a float32 node in fewer bits.
  if (dialectOf(side) === "ieee") return null;
  const format = narrowFormatOf(given);
  if (format === null) return null;
  const judge = judgeAs(request, format, output);
  const cause: Judgement = {
    verdict: "legitimate",
    cause: "REDUCED_PRECISION",
    note: `Every element of ${side.source} is a ${format.type} number: it computed in that type.`,
  };
  return (index, judgement) => {
    const value = given.numbers[index]!;
    // What the narrower type holds exactly cannot be off because of it.
    if (judgement.verdict !== "wrong" || roundTo(format, judgement.exact) === judgement.exact) return null;
    const near = Math.abs(value - judgement.exact) <= 2 * stepAt(format, judgement.exact);
    if (near) return cause;
    const again = judge?.(index, givenBy({ ...side, tf32: false }, given, index));
    // What nothing bounds in the narrower type is not explained by it.
    return again && again.verdict !== "wrong" && (again.verdict !== "possible" || again.share !== undefined)
      ? cause
      : null;
  };
}

function narrowFormatOf({ type, numbers }: Elements): FloatFormat | null {
  if (type !== "float32") return null;
  const discriminating = numbers.filter((each) => Number.isFinite(each) && each !== 0 && !Number.isInteger(each));
  if (discriminating.length < ENOUGH) return null;
  // bfloat16 first: within float16's range all of its numbers are float16 numbers too.
  const formats = [FLOAT_FORMATS.bfloat16, FLOAT_FORMATS.float16];
  return formats.find((format) => discriminating.every((each) => roundTo(format, each) === each)) ?? null;
}

function judgeAs(request: NodeRequest, format: FloatFormat, output: number) {
  try {
    const inputs = request.inputs.map((input) => input && narrowed(input, format));
    const judge = operatorOf(request.node)?.(new Call({ ...request, inputs }))[output];
    return judge ? judge.judge.bind(judge) : null;
  } catch (error) {
    if (error instanceof Unclaimed) return null;
    throw error;
  }
}

function narrowed(input: TensorValue, format: FloatFormat): TensorValue {
  if (input.type !== "float32") return input;
  const rounded = readElements(input).numbers.map((each) => roundTo(format, each));
  return writeNumbers(format.type, input.dims, rounded);
}
