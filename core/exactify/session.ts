import { joinedFloats } from "../tensors/joined.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { Tensor } from "./network.ts";

/** A model that a runtime has loaded. exactify only measures with it: it never decides bits. */
interface Session {
  /**
   * @param images of one size, one after the other
   * @returns every output by name, the images' elements one after the other
   */
  run(images: Float32Array, count: number): Promise<Readonly<Record<string, Float32Array>>>;
  release(): Promise<void>;
}

/** Loads a model that takes any number of images of the input's shape. */
export type OpenSession = (model: Uint8Array, input: Tensor) => Promise<Session>;

/** A model ready to be loaded. */
export interface Runnable {
  readonly bytes: Uint8Array;
  readonly input: Tensor;
  /** The batch that the graph fixes; null if it takes any. */
  readonly fixedBatch: number | null;
  readonly output: string;
}

const BATCH = 50;

/** Runs a model on images, a batch at a time, and passes on each batch's outputs and how many of its images count. */
export async function runAll(
  open: OpenSession,
  { bytes, input, fixedBatch }: Omit<Runnable, "output">,
  images: readonly Float32Array[],
  take: (outputs: Readonly<Record<string, Float32Array>>, count: number, batch: number) => void,
): Promise<void> {
  const session = await open(bytes, input);
  try {
    for (let first = 0; first < images.length; first += fixedBatch ?? BATCH) {
      const batch = images.slice(first, first + (fixedBatch ?? BATCH));
      // A fixed batch is filled with its last image.
      const filled = Array.from(
        { length: fixedBatch ?? batch.length },
        (_, at) => batch[Math.min(at, batch.length - 1)]!,
      );
      take(await session.run(joinedFloats(filled), filled.length), batch.length, filled.length);
    }
  } finally {
    await session.release();
  }
}

/** The logits of every image, one row after the other. */
export async function logitsOf(
  open: OpenSession,
  model: Runnable,
  images: readonly Float32Array[],
): Promise<Float32Array> {
  const rows: Float32Array[] = [];
  await runAll(open, model, images, (outputs, count, batch) => {
    const logits = outputs[model.output]!;
    rows.push(logits.subarray(0, (logits.length / batch) * count));
  });
  return joinedFloats(rows);
}

/** A model made by exactify, which takes any batch. */
export function runnable(model: OnnxModel, input: Tensor): Runnable {
  return { bytes: writeModel(model), input, fixedBatch: null, output: model.graph.outputs[0]!.name };
}
