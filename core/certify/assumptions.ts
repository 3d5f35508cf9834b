const SENTENCES = Object.freeze({
  arithmetic:
    "Backends add and multiply in IEEE-754 float32, with or without fused multiply-add, in any order. A result that float32 " +
    "holds exactly is given exactly. Subnormal numbers may be flushed to zero: none occur.",
  precision:
    "Every mode that trades precision for speed is off: bfloat16, float16, split factors, fast math, and TF32 unless the certificate covers it.",
  zeroSign:
    "A sum that is 0, of terms that are not all -0, is +0, as round-to-nearest makes it. WebGPU's language (WGSL) leaves the rounding " +
    "mode and the sign of a zero open; there it rests on the hardware.",
  conforming:
    "Each backend computes what ONNX says of each operator, except for the faults that the certificate lists. A kernel that is wrong in a way " +
    "not yet known is found by running it, not by this proof.",
  optimiser:
    "Graph optimisation merges nodes only as ONNX Runtime does: sums that follow each other, powers of two moved into weights, " +
    "Pad into Conv, Relu into Clip, constants computed beforehand.",
  levels:
    "Optimisation stays at the levels listed for each backend. Elsewhere ONNX Runtime's default is `all`, which is listed where its " +
    "further changes only reorder sums.",
  weights: "The runtime is handed the certified bytes, and its input is one of the domain.",
  products:
    "Matrix products are computed by summing products, not by Strassen's method or another one that subtracts combinations of elements.",
  rounding: "Floor, Ceil and Round are computed exactly, as the standards that backends are built on require.",
  division:
    "AveragePool's division by its window's size, a power of two, is exact. IEEE-754 requires this; WGSL alone would allow an error of 2.5 ULP.",
  convolution:
    "Convolutions that move by 1 along an axis are computed by summing products, not by Winograd's or Fourier's method, which sum other numbers.",
  strides:
    "Convolutions that move by 2 or more are computed by summing products. NVIDIA's cuDNN, MLAS and ONNX Runtime's WebGPU do so; AMD's " +
    "MIOpen has float32 Winograd kernels for a stride of 2, so that no certificate covers it.",
  tensorCore: "With TF32, tensor cores multiply 11-bit factors exactly and add with at least 24 aligned bits.",
});

export type AssumptionKey = keyof typeof SENTENCES;

export function assumptionSentences(keys: ReadonlySet<AssumptionKey>): readonly string[] {
  return (Object.keys(SENTENCES) as AssumptionKey[]).filter((key) => keys.has(key)).map((key) => SENTENCES[key]);
}
