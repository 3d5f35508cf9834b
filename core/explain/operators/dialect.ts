/**
 * What arithmetic a side is held to.
 *
 * ieee: IEEE 754 as it stands, with subnormals: native CPUs and WebAssembly.
 * cuda: sums and products rounded to nearest; subnormals may be flushed, division and functions approximated.
 * shader: what WebGPU's shading language leaves open (WGSL, "Floating Point Evaluation" and "Floating Point Accuracy").
 * A source that nobody here knows is held to no more than that.
 */
export type Dialect = "ieee" | "cuda" | "shader";

/** @param source "CPU", "WASM", "CUDA_TF32", or with settings behind it: "CPU level=all" */
export function dialectOf(source: string): Dialect {
  const [, name] = /^([A-Za-z]+)/.exec(source) ?? [];
  if (name === "CPU" || name === "WASM") return "ieee";
  return name === "CUDA" ? "cuda" : "shader";
}
