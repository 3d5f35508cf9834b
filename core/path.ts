import type { Backend, BackendId, Side } from "./backend.ts";
import type { Levels } from "./grey.ts";
import type { ImageEntry, ImageSource } from "./image.ts";
import type { Catalogue, ModelInfo } from "./model.ts";
import type { Tolerance } from "./compare.ts";
import { compare, type Comparison } from "./compare.ts";
import { infer, type Outputs } from "./infer.ts";
import { preprocess, type PreparedInput } from "./preprocess.ts";
import { respond, type Answer } from "./respond.ts";
import { validate, type Plan } from "./validate.ts";

/** Everything the main path needs from the side it runs on. The path itself has no I/O and no clock. */
export interface Surroundings {
  readonly side: Side;
  readonly version: string;
  readonly catalogue: Catalogue;
  readonly images: readonly ImageEntry[];
  /** The encoded bytes of a built-in picture. */
  readImage(entry: ImageEntry): Promise<Uint8Array>;
  /**
   * Decodes pictures that are not PNG, one answer an input in the same order: what `modelLevels` makes of each.
   * PNG never comes here: `core/png.ts` decodes it, alike on every side.
   */
  decodeOther(files: readonly Uint8Array[], model: ModelInfo): Promise<(Levels | Error)[]>;
  /** Every backend, whether held here or reached over HTTP, in the order of BACKENDS. */
  readonly backends: ReadonlyMap<BackendId, Backend>;
  /** Called with one line for each broken certificate, for the log. */
  alarm(line: string): void;
  /** Milliseconds since some fixed moment; monotonic. */
  now(): number;
  /** Wall-clock time as ISO 8601. */
  timestamp(): string;
}

/** One question: which inputs, on which backends, against which reference. */
export interface Question {
  /** Ids of built-in images; with neither images nor inputs, all of them. */
  readonly images?: readonly string[];
  readonly inputs?: readonly ImageSource[];
  /** Absent: WASM, CPU and whatever else is available. */
  readonly backends?: readonly BackendId[];
  readonly reference?: BackendId;
  readonly model?: string;
  readonly tolerance?: Tolerance;
}

/**
 * The one main path: request -> validate -> preprocess -> infer -> compare -> respond.
 * predict, rawLogits and parity are all this function; only what they show differs.
 * @throws IsobitError for a question that cannot be asked at all. A failing image or backend is an error in its own
 *   row or output instead, and never disturbs the rest.
 */
export async function answer(question: Question, surroundings: Surroundings): Promise<Answer> {
  const startedAt = surroundings.timestamp();
  const started = surroundings.now();
  const plan: Plan = await validate(question, surroundings);
  const inputs: PreparedInput[] = await preprocess(plan, surroundings);
  const outputs: Outputs = await infer(plan, inputs, surroundings);
  const comparison: Comparison = compare(plan, inputs, outputs);
  const elapsedMs = surroundings.now() - started;
  const answered = respond({ plan, inputs, outputs, comparison, startedAt, elapsedMs });
  for (const { message, modelSha256, inputSha256 } of answered.violations) {
    surroundings.alarm(`${message} model ${modelSha256}, input ${inputSha256}`);
  }
  return answered;
}
