const BRANCHING = "It chooses or repeats a graph at run time; the proof covers only graphs without branches and loops.";
const INTEGER =
  "Integer operators saturate on some processors and not on others. Use float32 operators on integer grids.";

/** Advice on common operators that are never certified. */
const ADVICE: Readonly<Record<string, string>> = Object.freeze({
  Softmax:
    "Softmax takes exponentials, which backends round differently. Remove it: isobit computes it from the logits on the host.",
  LogSoftmax: "LogSoftmax takes exponentials and logarithms, which backends round differently. Remove it.",
  Div: "Division is not certified, not even by a power of two (WebGPU may be off by 2.5 ULP). Use Mul by the reciprocal power of two.",
  BatchNormalization:
    "BatchNormalization divides by a square root. Fold it into the Conv or Gemm before it, as isobit exactify does.",
  Sigmoid: "Sigmoid takes exponentials, which backends round differently. Use Relu or Clip.",
  Tanh: "Tanh takes exponentials, which backends round differently. Use Relu or Clip.",
  LeakyRelu: "LeakyRelu multiplies by its alpha. Use Relu, or Max of x and x times a power of two.",
  ReduceMean: "ReduceMean is not certified. Use GlobalAveragePool over 2^k elements.",
  Resize: "Resize computes its positions in floating point. Use Expand or DepthToSpace.",
  ConvTranspose: "ConvTranspose is not certified. Use Conv and DepthToSpace.",
  If: BRANCHING,
  Loop: BRANCHING,
  Scan: BRANCHING,
  QLinearConv: INTEGER,
  ConvInteger: INTEGER,
  MatMulInteger: INTEGER,
  QuantizeLinear: "QuantizeLinear divides. Use Mul by a power of two, Floor and Clip.",
  DequantizeLinear:
    "DequantizeLinear multiplies by a scale that is rarely a power of two. Use float32 weights on a grid.",
});

export function adviceAbout(op: string): string {
  return ADVICE[op] ?? `There is no rule for ${op}, so it cannot be certified.`;
}
