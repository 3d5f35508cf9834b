import type { Levels } from "#core/image/grey.ts";
import { normalise } from "#core/model/normalise.ts";
import { resize } from "#core/image/resize.ts";
import { centreInk } from "#core/image/sketch/centre.ts";
import { argmax } from "#core/tensors/softmax.ts";
import { openSession } from "#origin/session.ts";
import { type LabelledImages, pixelsOf } from "../../images/mnist.ts";
import { loadServedModels } from "../../models/load.ts";
import { redraw } from "./redraw.ts";

const MODEL = "digits-exact";
const ROWS_PER_RUN = 100;

/** Right answers for the same digits, in the three ways that they can reach the model. */
export interface SketchAccuracy {
  readonly count: number;
  /** MNIST's own 28 x 28. */
  readonly plain: number;
  /** Re-drawn on a pad of 280 x 280, cropped and centred as MNIST was made. */
  readonly centred: number;
  /** The same drawings, only made smaller. */
  readonly shrunk: number;
}

/**
 * Re-draws MNIST digits and counts what the exact model makes of them on onnxruntime-node's CPU provider.
 * @param indices of the set; each is also the seed of its drawing
 */
export async function measureAccuracy(
  set: LabelledImages,
  indices: readonly number[],
  onProgress: (done: number) => void = () => {},
): Promise<SketchAccuracy> {
  const classify = await classifier();
  const counts = { plain: 0, centred: 0, shrunk: 0 };
  for (let at = 0; at < indices.length; at += ROWS_PER_RUN) {
    const part = indices.slice(at, at + ROWS_PER_RUN);
    const labels = part.map((index) => set.labels[index]);
    const plain = part.map((index) => digitOf(set, index));
    const drawn = plain.map((digit, row) => redraw(digit, part[row]!));
    const ways = {
      plain,
      centred: drawn.map((drawing) => centreInk(drawing, set) ?? blank(set)),
      shrunk: drawn.map((drawing) => resize(drawing, set.width, set.height)),
    };
    for (const way of ["plain", "centred", "shrunk"] as const) {
      const answers = await classify(ways[way]);
      counts[way] += answers.filter((answer, row) => answer === labels[row]).length;
    }
    onProgress(at + part.length);
  }
  return { count: indices.length, ...counts };
}

function digitOf(set: LabelledImages, index: number): Levels {
  return { width: set.width, height: set.height, channels: 1, values: pixelsOf(set, index) };
}

function blank({ width, height }: LabelledImages): Levels {
  return { width, height, channels: 1, values: new Uint8Array(width * height) };
}

async function classifier(): Promise<(images: readonly Levels[]) => Promise<number[]>> {
  const served = (await loadServedModels({})).find(({ info }) => info.id === MODEL);
  if (!served) throw new Error(`${MODEL} is not served`);
  const session = await openSession("cpu", served.info, served.executed);
  return async (images) => {
    const { logits } = await session.run(images.map((image) => normalise(image, served.info)));
    return logits.map(argmax);
  };
}
