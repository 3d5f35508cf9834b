import { logitsOf, type OpenSession, type Runnable } from "#core/exactify/session.ts";
import { labelAgreement, scoreOf, type Score } from "#core/exactify/score.ts";
import type { Levels } from "#core/image/grey.ts";
import type { ModelDescription } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { normalise } from "#core/model/normalise.ts";
import { IsobitError } from "#core/errors.ts";
import type { ImageSet } from "./images.ts";
import { setImmediate } from "node:timers/promises";

/** One model before or after. */
export interface Side {
  readonly sizeBytes: number;
  /** Null where no labelled images were given. */
  readonly score: Score | null;
  /** Of one image at a time, the median; in ms. */
  readonly latencyMs: { readonly CPU: number; readonly WASM: number };
}

export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  readonly images: number;
  /** Share of the images that both label alike. */
  readonly labelAgreement: number;
  /** Logits of the first images that differ in a bit between WASM and CPU. */
  readonly differingBits: { readonly images: number; readonly before: number; readonly after: number };
}

export interface Candidate {
  readonly runnable: Runnable;
  readonly preprocess: Preprocess;
  readonly sizeBytes: number;
}

/** What both models are measured with. */
export interface Measuring {
  readonly model: ModelDescription;
  readonly open: { readonly CPU: OpenSession; readonly WASM: OpenSession };
}

const TIMED_RUNS = 50;
const COMPARED_IMAGES = 200;

/** Runs both models over the same images on CPU, and over a few on WASM too. */
export async function compareModels(
  before: Candidate,
  after: Candidate,
  set: ImageSet,
  measuring: Measuring,
): Promise<Comparison> {
  const few = set.levels.slice(0, COMPARED_IMAGES);
  const [left, right] = [
    await logitsOn("CPU", before, set.levels, measuring),
    await logitsOn("CPU", after, set.levels, measuring),
  ];
  return {
    before: await sideOf(before, left, set, measuring),
    after: await sideOf(after, right, set, measuring),
    images: set.levels.length,
    labelAgreement: labelAgreement(left, right, set.levels.length),
    differingBits: {
      images: few.length,
      before: differing(await logitsOn("WASM", before, few, measuring), left),
      after: differing(await logitsOn("WASM", after, few, measuring), right),
    },
  };
}

async function logitsOn(
  backend: keyof Measuring["open"],
  { runnable, preprocess }: Candidate,
  levels: readonly Levels[],
  { model, open }: Measuring,
): Promise<Float32Array> {
  // WebAssembly runs on this thread, so an abort is heard between its runs only.
  await setImmediate();
  return await logitsOf(
    open[backend],
    runnable,
    levels.map((each) => normalise(each, { ...model, preprocess })),
  );
}

async function sideOf(
  candidate: Candidate,
  logits: Float32Array,
  set: ImageSet,
  { model, open }: Measuring,
): Promise<Side> {
  return {
    sizeBytes: candidate.sizeBytes,
    score:
      set.labels &&
      scoreOf(
        logits,
        set.labels.map((label) => indexOf(label, model)),
      ),
    latencyMs: { CPU: await latency(open.CPU, candidate), WASM: await latency(open.WASM, candidate) },
  };
}

function indexOf(label: string, { labels }: ModelDescription): number {
  const index = labels.indexOf(label);
  if (index >= 0) return index;
  throw new IsobitError(
    "INCOMPLETE",
    `An image is labelled "${label}", which is not one of the model's labels: ${labels.join(", ")}. Rename its folder, or list the labels in the model's sidecar.`,
  );
}

function differing(left: Float32Array, right: Float32Array): number {
  const [a, b] = [left, right].map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length)) as [
    Uint32Array,
    Uint32Array,
  ];
  return a.reduce((count, bits, at) => count + (bits === b[at] ? 0 : 1), 0);
}

async function latency(open: OpenSession, { runnable }: Candidate): Promise<number> {
  await setImmediate();
  const session = await open(runnable.bytes, runnable.input);
  try {
    const batch = runnable.fixedBatch ?? 1;
    const images = new Float32Array(runnable.input.shape.reduce((product, size) => product * size, batch)).fill(1);
    const times: number[] = [];
    for (let run = 0; run < TIMED_RUNS; run++) {
      const start = performance.now();
      await session.run(images, batch);
      times.push((performance.now() - start) / batch);
    }
    return times.toSorted((a, b) => a - b)[TIMED_RUNS / 2]!;
  } finally {
    await session.release();
  }
}
