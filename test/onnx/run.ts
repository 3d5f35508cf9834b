import * as ort from "onnxruntime-node";
import type { ModelInfo } from "#core/model/model.ts";
import { uneven } from "./build.ts";

/** Runs a model natively on one random batch and gives the elements and the shape of its only output. */
export async function run(
  executed: Uint8Array,
  input: Pick<ModelInfo["input"], "name" | "shape" | "elements">,
  batch = 1,
): Promise<{ values: Float32Array; dims: readonly number[] }> {
  const session = await ort.InferenceSession.create(executed, {
    graphOptimizationLevel: "extended",
    logSeverityLevel: 3,
  });
  try {
    const shape = input.shape.map((size) => (size === -1 ? batch : size));
    const elements = shape.reduce((product, size) => product * size, 1);
    const tensor = new ort.Tensor(
      "float32",
      Float32Array.from({ length: elements }, (_, index) => uneven(index)),
      shape,
    );
    const outputs = await session.run({ [input.name]: tensor });
    const [output] = Object.values(outputs);
    return { values: output?.data as Float32Array, dims: output?.dims ?? [] };
  } finally {
    await session.release();
  }
}
