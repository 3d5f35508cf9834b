import type { Levels } from "#core/image/grey.ts";
import type { ModelDescription } from "#core/model/model.ts";
import { normalise } from "#core/model/normalise.ts";
import { logitsOf, type OpenSession } from "./session.ts";

const IMAGES = 16;
/** As a share of the largest logit. Float32 roundings are a thousand times smaller. */
const TOLERANCE = 1e-2;

interface Check {
  readonly info: ModelDescription;
  readonly executed: Uint8Array;
  readonly levels: readonly Levels[];
  /** The folded network's logits of the same images, in the same order. */
  readonly folded: Float32Array;
  readonly open: OpenSession;
}

/** @throws Error if the folded network computes something else than the model: a defect of exactify, never to be shipped */
export async function checkFolding({ info, executed, levels, folded, open }: Check): Promise<void> {
  const images = levels.slice(0, IMAGES).map((each) => normalise(each, info));
  const wanted = await logitsOf(open, floatRunnable(info, executed), images);
  const largest = wanted.reduce((most, logit) => Math.max(most, Math.abs(logit)), 1);
  for (const [at, logit] of wanted.entries()) {
    // Padding is unrounded here; only the exact model rounds it to grey levels.
    if (Math.abs(logit - folded[at]!) <= TOLERANCE * largest) continue;
    throw new Error(`exactify misread the model: it gives the logit ${logit}, but its folded form ${folded[at]}`);
  }
}

/** A described model, unchanged. */
export function floatRunnable(
  { input, output }: ModelDescription,
  executed: Uint8Array,
): Parameters<typeof logitsOf>[1] {
  return {
    bytes: executed,
    input: { name: input.name, shape: input.shape.slice(1) },
    fixedBatch: input.fixedBatch,
    output: output.name,
  };
}
