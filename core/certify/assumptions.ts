/** What a certificate takes for granted, named so that it can be doubted. */
export type AssumptionKey =
  | "arithmetic"
  | "conforming"
  | "optimiser"
  | "weights"
  | "rounding"
  | "division"
  | "convolution"
  | "tensorCore";

const SENTENCES: Readonly<Record<AssumptionKey, string>> = Object.freeze({
  arithmetic:
    "Backends add and multiply in IEEE-754 float32, rounding to nearest, with or without fused multiply-add, in any order; " +
    "they do not replace float32 by bfloat16, float16 or split factors. Subnormal numbers may be flushed to zero: none occur.",
  conforming:
    "Each backend computes what ONNX says of each operator, but for the known faults named above. A kernel that is wrong in a way " +
    "not yet known is found by running it, not by this proof.",
  optimiser:
    "Graph optimisation merges nodes only as ONNX Runtime does at the levels up to `extended`: sums that follow each other, " +
    "powers of two moved into weights, Pad into Conv, Relu into Clip, constants computed beforehand.",
  weights: "The model runs with the weights in its file, and its input is one of the domain.",
  rounding: "Floor, Ceil and Round are computed exactly, as every standard that backends are built on demands.",
  division:
    "AveragePool's division by its window's size, a power of two, is exact. IEEE-754 says so; WebGPU's language alone would allow an error of 2.5 ULP.",
  convolution:
    "Convolutions that move by 1 along an axis are computed by summing products, not by Winograd's or Fourier's method, which sum other numbers.",
  tensorCore: "With TF32, tensor cores multiply 11-bit factors exactly and add with at least 24 aligned bits.",
});

/** In a fixed order, each once. */
export function assumptionSentences(keys: ReadonlySet<AssumptionKey>): readonly string[] {
  return (Object.keys(SENTENCES) as AssumptionKey[]).filter((key) => keys.has(key)).map((key) => SENTENCES[key]);
}
