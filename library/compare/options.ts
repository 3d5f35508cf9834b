import { availableParallelism } from "node:os";
import type { BackendId } from "#core/backends.ts";
import type { AllowedOnCpu } from "#core/backends/placement.ts";
import { OPTIMIZATION_LEVELS } from "#core/backends/runner-messages.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import type { InputOptions } from "../inputs/input-options.ts";
import type { Sweeps } from "./sources.ts";
import type { TraceChoice } from "./traces.ts";

/** Inputs that are done, of all. */
export interface CompareProgress {
  readonly done: number;
  readonly total: number;
}

export interface CompareOptions extends InputOptions, Partial<Sweeps> {
  /** Default: every backend that can run the model; CPU where two models or one backend's settings are compared. */
  readonly backends?: readonly BackendId[];
  /**
   * Operators that a GPU may leave to the CPU, besides what computes shapes and indices. Default: none; a GPU that would
   * leave more is skipped.
   */
  readonly allowCpu?: AllowedOnCpu;
  /** The source that the others are compared with, e.g. "CPU", "CPU level=all", "expected". Default: CPU. */
  readonly reference?: string;
  /** Default: bits must be equal. */
  readonly tolerance?: Tolerance;
  /** By the name of an output that has its own. */
  readonly outputTolerances?: Readonly<Record<string, Tolerance>>;
  /** Which pairs that differ are traced to their first node. Default: "auto", where two models or two backends differ. */
  readonly trace?: TraceChoice;
  /** How a classifier of images takes grey levels. Default: as its sidecar, its metadata or the manifest says. */
  readonly preprocess?: Partial<Preprocess>;
  /** Run the file unchanged: a classifier keeps its final Softmax, and is fed tensors. Default: false. */
  readonly asIs?: boolean;
  /** Keep the bits of every output in the report, however many there are. Default: false. */
  readonly keepBits?: boolean;
  /** Ends the runners, and with them the comparison. */
  readonly signal?: AbortSignal;
  onProgress?(progress: CompareProgress): void;
  /** Told what is being done apart from the inputs, in words; "" when it is over. */
  onEvent?(sentence: string): void;
}

export function isSwept({ levels, threads, batch, repeats, sessions, memory, stable }: Partial<Sweeps>): boolean {
  return (
    memory === true || stable === true || [levels, threads, batch, repeats, sessions].some((each) => each !== undefined)
  );
}

export function sweepsOf(options: Partial<Sweeps>): Sweeps {
  const { versions, levels, threads, batch, repeats, sessions, memory, product, stable } = {
    ...(options.stable === true && everySweep()),
    ...options,
  };
  return {
    ...(versions && { versions }),
    ...(levels && { levels }),
    ...(threads && { threads }),
    ...(batch && { batch }),
    ...(repeats !== undefined && { repeats }),
    ...(sessions !== undefined && { sessions }),
    ...(memory === true && { memory }),
    ...(stable === true && { stable }),
    product: product === true,
  };
}

export const DEFAULT_BATCHES: readonly number[] = Object.freeze([1, 2, 8]);

/** 1, 2, 4, … and the number of cores. */
export function defaultThreads(): readonly number[] {
  const most = availableParallelism();
  const doubled = Array.from({ length: Math.ceil(Math.log2(most)) }, (_, power) => 2 ** power);
  return [...new Set([1, ...doubled, most])];
}

/** What `stable` varies, unless an option says it otherwise. */
function everySweep(): Partial<Sweeps> {
  return {
    levels: OPTIMIZATION_LEVELS,
    threads: defaultThreads(),
    batch: DEFAULT_BATCHES,
    repeats: 2,
    sessions: 2,
    memory: true,
  };
}

/** How images are fed, as the variables that `MODEL` has. */
export function preprocessVariables({ scale, mean, std, invert }: Partial<Preprocess> = {}): Readonly<
  Record<string, string>
> {
  return {
    ...(scale !== undefined && { MODEL_SCALE: String(scale) }),
    ...(mean !== undefined && { MODEL_MEAN: mean.join(",") }),
    ...(std !== undefined && { MODEL_STD: std.join(",") }),
    ...(invert !== undefined && { MODEL_INVERT: String(invert) }),
  };
}
