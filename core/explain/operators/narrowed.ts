import { numberToFloat16 } from "../../onnx/float16.ts";
import type { TensorValue } from "../../tensor-value.ts";
import { FLOAT_FORMATS, type FloatFormat, roundTo, stepAt } from "../float-format.ts";
import type { ExplainedSide, NodeQuestion } from "../question.ts";
import { type Elements, readElements } from "../read-elements.ts";
import { Call, Unclaimed } from "./call.ts";
import { dialectOf } from "./dialect.ts";
import { operatorOf } from "./index.ts";
import type { Judgement } from "./judge.ts";

/** Fewer elements may be narrow by chance. */
const ENOUGH = 16;

/**
 * For a side whose float32 outputs are all float16 or bfloat16 numbers, so that it cannot have computed in float32:
 * judges an element again as if the node were of that narrower type. Null for a side that is not so.
 */
export function narrowedJudge(
  question: NodeQuestion,
  side: ExplainedSide,
  output: number,
  given: Elements,
): ((index: number, judgement: Judgement) => Judgement | null) | null {
  const format = narrowFormatOf(given);
  if (format === null) return null;
  const judge = judgeAs(question, format, output);
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
    const again = judge?.(index, {
      value,
      word: given.words[index]!,
      dialect: dialectOf(side),
      tf32: false,
      output: given,
    });
    return again && again.verdict !== "wrong" ? cause : null;
  };
}

function narrowFormatOf({ type, numbers }: Elements): FloatFormat | null {
  if (type !== "float32") return null;
  const telling = numbers.filter((each) => Number.isFinite(each) && each !== 0 && !Number.isInteger(each));
  if (telling.length < ENOUGH) return null;
  // bfloat16 first: within float16's range all of its numbers are float16 numbers too.
  const formats = [FLOAT_FORMATS.bfloat16, FLOAT_FORMATS.float16];
  return formats.find((format) => telling.every((each) => roundTo(format, each) === each)) ?? null;
}

function judgeAs(question: NodeQuestion, format: FloatFormat, output: number) {
  try {
    const inputs = question.inputs.map((input) => input && narrowed(input, format));
    const judge = operatorOf(question.node)?.(new Call({ ...question, inputs }))[output];
    return judge ? judge.judge.bind(judge) : null;
  } catch (error) {
    if (error instanceof Unclaimed) return null;
    throw error;
  }
}

function narrowed(input: TensorValue, format: FloatFormat): TensorValue {
  if (input.type !== "float32" || (format.type !== "float16" && format.type !== "bfloat16")) return input;
  const rounded = readElements(input).numbers.map((each) => roundTo(format, each));
  const words =
    format.type === "float16"
      ? Uint16Array.from(rounded, numberToFloat16)
      : Uint16Array.from(new Uint32Array(Float32Array.from(rounded).buffer), (word) => word >>> 16);
  return { type: format.type, dims: input.dims, bytes: new Uint8Array(words.buffer) };
}
