import type { TensorValue } from "../../tensors/tensor-value.ts";
import { FLOAT_FORMATS, type FloatFormat, roundTo, stepAt } from "../../tensors/float-format.ts";
import type { ExplainedSource, NodeRequest } from "../request.ts";
import { type Elements, readElements } from "../../tensors/read-elements.ts";
import { writeNumbers } from "../../tensors/write-numbers.ts";
import { dialectOf } from "../sources.ts";
import { judgeWith } from "./index.ts";
import { givenBy, type Judgement } from "./judge.ts";

/** Fewer elements may be narrow by chance. */
const ENOUGH = 16;

/**
 * For a source whose float32 outputs are all float16 or bfloat16 numbers and so were not computed in float32: judges an
 * element as if the node had that narrower type. Null for other sources.
 */
export function narrowedJudge(
  request: NodeRequest,
  source: ExplainedSource,
  output: number,
  given: Elements,
): ((index: number, judgement: Judgement) => Judgement | null) | null {
  // CPU and WebAssembly kernels never compute a float32 node in fewer bits.
  if (dialectOf(source) === "ieee") return null;
  const format = narrowFormatOf(given);
  if (format === null) return null;
  const inputs = request.inputs.map((input) => input && narrowed(input, format));
  const judge = judgeWith(request, inputs, output);
  const cause: Judgement = {
    verdict: "legitimate",
    cause: "REDUCED_PRECISION",
    note: `Every element of ${source.source} is a ${format.type} number, so it was computed in that type.`,
  };
  return (index, judgement) => {
    const value = given.numbers[index]!;
    // The narrower type cannot explain an error in a value that it represents exactly.
    if (judgement.verdict !== "wrong" || roundTo(format, judgement.exact) === judgement.exact) return null;
    const near = Math.abs(value - judgement.exact) <= 2 * stepAt(format, judgement.exact);
    if (near) return cause;
    const again = judge?.judge(index, givenBy({ ...source, tf32: false }, given, index));
    // A result without a bound in the narrower type is not explained.
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

function narrowed(input: TensorValue, format: FloatFormat): TensorValue {
  if (input.type !== "float32") return input;
  const rounded = readElements(input).numbers.map((each) => roundTo(format, each));
  return writeNumbers(format.type, input.dims, rounded);
}
