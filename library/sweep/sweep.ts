import { dirname, join } from "node:path";
import * as z from "zod";
import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import { IsobitError } from "#core/errors.ts";
import { MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import type { RunReport } from "../report/run-report.ts";
import {
  callback,
  listOf,
  object,
  oneOf,
  refuseBadOptions,
  requireTolerance,
  signal as signalShape,
  text,
  texts,
  whole,
} from "../options/checks.ts";
import { type AskedStack, isPath, onSomeStack } from "../stack/asked-stack.ts";
import { asServed } from "../stack/served-models.ts";
import type { Variables } from "../stack/stack-settings.ts";
import { openDataSet } from "./data-set.ts";
import { DEFAULT_BATCH } from "./limits.ts";
import { reportOfSweep } from "./report.ts";
import { type SweepSummary, summaryOf } from "./summary.ts";
import { type Sweep, sweepOn, type SweepProgress, type SweepState, type SweepWanted } from "./sweep-on-stack.ts";

export interface SweepOptions {
  /** Default: WASM, CPU and every GPU that is available. */
  readonly backends?: readonly BackendId[];
  /** Ids of services that PEERS names on the side that is asked. Default: none. */
  readonly peers?: readonly string[];
  /** Default: CPU. */
  readonly reference?: BackendId;
  /**
   * The data set: an IDX file, a folder of images, an .npy or .npz file, or "mnist". Default: MNIST's test images, unless
   * `images` or `random` is given.
   */
  readonly inputs?: string;
  /** Ids of built-in digits. */
  readonly images?: readonly string[];
  /** Number of random images. */
  readonly random?: number;
  /** Of the random images. Default: 1. */
  readonly seed?: number;
  /** Most images. Default: all of them. */
  readonly limit?: number;
  /** Images per request. Default: 100. */
  readonly batch?: number;
  /** Default: bits must be equal. */
  readonly tolerance?: Tolerance;
  /** The folder that sweep.jsonl is written to. Default: none, unless a file is resumed. */
  readonly out?: string;
  /** The sweep.jsonl of an earlier run to go on with. */
  readonly resume?: string;
  /** The side to ask. Default: EDGE_URL, then the edge on EDGE_PORT if it serves what is wanted, then a temporary stack. */
  readonly url?: string;
  /** Environment of the stack. Default: `process.env`. */
  readonly variables?: Variables;
  /** Ends the sweep in order: the file stays whole and can be resumed. */
  readonly signal?: AbortSignal;
  /** After `signal`: ends the processes of its stack without waiting for them. */
  readonly kill?: AbortSignal;
  onProgress?(progress: SweepProgress): void;
  /** Takes sentences: which stack and model are asked, and what happens to the stack. */
  onEvent?(sentence: string): void;
}

export interface SweepResult {
  readonly report: RunReport;
  readonly summary: SweepSummary;
  /** The results file: one JSON line per image, bits included; null if none was asked for. */
  readonly path: string | null;
}

/**
 * Runs a whole data set on several backends and compares their logits bit by bit. Memory does not grow with the data set.
 * @param model id of a served model, or path of an .onnx file; null: the default model
 * @throws LibraryError BAD_OPTION, INCOMPLETE, ABORTED, STACK_FAILED. Once images were answered, `details` has `done`,
 *   `total` and the `path` of the file that can be resumed, if there is one.
 * @example
 * const { report } = await sweep("digits", { inputs: "t10k-images-idx3-ubyte", backends: ["WASM", "CPU"] });
 * console.log(report.outcome, report.pairs[0]?.differingElements);
 */
export async function sweep(model: string | null, options: SweepOptions = {}): Promise<SweepResult> {
  checkOptions(model, options);
  const { url, variables = process.env, signal = new AbortController().signal, kill, onEvent } = options;
  const wanted = wantedOf(model, options);
  const state: SweepState = { started: null };
  let work: Promise<Sweep> | undefined;
  const ask = ({ url: edge, origin }: AskedStack, stop: AbortSignal): Promise<Sweep> =>
    (work = sweepOn({ edge, origin }, wanted, { stop, state, onProgress: (now) => options.onProgress?.(now) }));
  const stack = {
    ...(url !== undefined && { url }),
    ...(model !== null && { model }),
    ...(options.peers && { peers: options.peers }),
    variables,
    stop: { signal, ...(kill && { kill }) },
    tell: (sentence: string): void => onEvent?.(sentence),
    check: async (info: ModelInfo): Promise<void> => (await openDataSet(wanted, asServed(info))).images.close(),
  };
  try {
    const swept = await onSomeStack(stack, ask);
    const settings = { tolerance: wanted.tolerance, options: reportedOptions(swept, wanted) };
    return { report: reportOfSweep(swept, settings), summary: summaryOf(swept), path: swept.path };
  } catch (error) {
    // The stack may be gone before the sweep has heard of it, and its file must be closed first.
    await work?.catch(() => {});
    throw withState(error, state, signal);
  }
}

function wantedOf(model: string | null, options: SweepOptions): SweepWanted {
  const { peers, inputs, out, resume, batch = DEFAULT_BATCH, tolerance = null } = options;
  const { backends, reference, images, random, seed, limit } = options;
  if (batch > MAX_IMAGES_PER_QUERY)
    throw new IsobitError(
      "BAD_OPTION",
      `\`batch\` is ${batch}; one request takes at most ${MAX_IMAGES_PER_QUERY} images.`,
    );
  return {
    ...(backends && { backends }),
    ...(peers && { peer: peers }),
    ...(reference && { reference }),
    ...(model !== null && !isPath(model) && { model }),
    ...(inputs !== undefined && { inputs: [inputs] }),
    ...(images && { images }),
    ...(random !== undefined && { random }),
    ...(seed !== undefined && { seed }),
    ...(limit !== undefined && { limit }),
    ...(resume !== undefined && { resume }),
    out: out ?? (resume === undefined ? null : dirname(resume)),
    batch,
    tolerance,
  };
}

/** @throws LibraryError BAD_OPTION with what to give instead */
function checkOptions(model: unknown, options: SweepOptions): void {
  refuseBadOptions(SHAPE, options);
  requireTolerance(options.tolerance);
  if (model !== null && typeof model !== "string")
    throw new IsobitError("BAD_OPTION", "The model must be the id of a served model, a path, or null.");
}

const SHAPE = {
  backends: listOf(oneOf(BACKEND_IDS)),
  peers: texts,
  reference: oneOf(BACKEND_IDS).optional(),
  inputs: text,
  images: texts,
  random: whole(1).optional(),
  seed: whole(0).optional(),
  limit: whole(1).optional(),
  batch: whole(1).optional(),
  tolerance: z.unknown().optional(),
  out: text,
  resume: text,
  url: text,
  variables: object,
  signal: signalShape,
  kill: signalShape,
  onProgress: callback,
  onEvent: callback,
} satisfies Record<keyof SweepOptions, z.ZodType>;

/** What an early end leaves behind. */
function withState(error: unknown, { started }: SweepState, signal: AbortSignal): unknown {
  const code = signal.aborted ? "ABORTED" : error instanceof IsobitError ? error.code : null;
  if (code === null || started === null) return error;
  const { path, images, totals } = started;
  const message = signal.aborted || !(error instanceof Error) ? "Stopped." : error.message;
  return new IsobitError(code, message, { cause: error, details: { path, done: totals.count, total: images } });
}

function reportedOptions({ header, resumed, path }: Sweep, wanted: SweepWanted): Record<string, string | number> {
  const { description, sha256 } = header.dataSet;
  return {
    inputs: description,
    dataSetSha256: sha256,
    batch: wanted.batch,
    resumed,
    ...(path !== null && { results: path === join(wanted.out ?? "", "sweep.jsonl") ? "sweep.jsonl" : path }),
    ...(wanted.limit !== undefined && { limit: wanted.limit }),
    ...(wanted.seed !== undefined && { seed: wanted.seed }),
  };
}
