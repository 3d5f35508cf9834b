import { InvalidArgumentError } from "commander";
import type { BackendId } from "#core/backends.ts";
import { OPTIMIZATION_LEVELS, type OptimizationLevel } from "#core/backends/runner-messages.ts";
import type { AllowedOnCpu } from "#core/backends/placement.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { type CompareOptions, DEFAULT_BATCHES, defaultThreads } from "#library/compare/options.ts";
import type { Sweeps } from "#library/compare/sources.ts";
import { isRuntimeVersion } from "#library/runtimes/runtime-version.ts";
import type { InputOptions } from "#library/inputs/input-options.ts";
import { parseBound, parseUlp } from "../arguments.ts";
import { given, givenTolerance } from "../given.ts";
import type { PreprocessOptions } from "../options/preprocess.ts";
import type { ReportOptions } from "../report/options.ts";

/** The options as commander gives them: `true` for one whose value was left out. */
export interface CompareCommandOptions extends Omit<InputOptions, "dims">, ReportOptions, PreprocessOptions {
  readonly dim?: NonNullable<InputOptions["dims"]>;
  readonly backends?: readonly BackendId[];
  readonly allowCpu?: AllowedOnCpu;
  readonly reference?: string;
  readonly ort?: readonly string[];
  readonly levels?: readonly OptimizationLevel[] | true;
  readonly threads?: readonly number[] | true;
  readonly batch?: readonly number[] | true;
  readonly repeats?: number | true;
  readonly sessions?: number | true;
  readonly memory?: boolean;
  readonly product?: boolean;
  readonly stable?: boolean;
  readonly abs?: number;
  readonly rel?: number;
  readonly ulp?: number;
  readonly tolerance?: Readonly<Record<string, Tolerance>>;
  /** Undefined: trace two models or two backends that differ. */
  readonly trace?: boolean;
  readonly asIs?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Converts them to the options of the library. */
export function compareOptions(options: CompareCommandOptions): CompareOptions {
  const {
    images,
    inputs,
    expected,
    random,
    seed,
    range,
    dim,
    limit,
    whole,
    backends,
    reference,
    tolerance,
    asIs,
    allowCpu,
  } = options;
  const { abs, rel, ulp, scale, mean, std, invert, against, save } = options;
  return {
    ...given({
      images,
      inputs,
      expected,
      random,
      seed,
      range,
      dims: dim,
      limit,
      whole,
      backends,
      reference,
      asIs,
      allowCpu,
    }),
    ...given({ tolerance: givenTolerance({ abs, rel, ulp }), outputTolerances: tolerance }),
    ...sweepsOf(options),
    trace: traceChoice(options),
    preprocess: given({ scale, mean, std, invert }),
    keepBits: save !== undefined || against !== undefined,
  };
}

/** With a golden, today's sources are not compared with each other. */
function traceChoice({ trace, against }: CompareCommandOptions): NonNullable<CompareOptions["trace"]> {
  if (trace === undefined) return against === undefined ? "auto" : "none";
  return trace ? "all" : "none";
}

const DEFAULT_REPEATS = 3;

/** The requested sweeps, with the default lists filled in. */
export function sweepsOf(options: CompareCommandOptions): Partial<Sweeps> {
  const { ort, levels, threads, batch, repeats, sessions, memory, product, stable } = options;
  return given({
    versions: ort,
    levels: levels === true ? OPTIMIZATION_LEVELS : levels,
    threads: threads === true ? defaultThreads() : threads,
    batch: batch === true ? DEFAULT_BATCHES : batch,
    repeats: repeats === true ? DEFAULT_REPEATS : repeats,
    sessions: sessions === true ? DEFAULT_REPEATS : sessions,
    memory,
    product,
    stable,
  });
}

/** "disabled,all"; an option given twice adds up. */
export function parseLevels(text: string, before: unknown): OptimizationLevel[] {
  const levels = text.split(",").map((name) => {
    const level = OPTIMIZATION_LEVELS.find((each) => each === name.trim().toLowerCase());
    if (level === undefined) throw new InvalidArgumentError(`Known levels: ${OPTIMIZATION_LEVELS.join(", ")}.`);
    return level;
  });
  return [...(Array.isArray(before) ? (before as OptimizationLevel[]) : []), ...levels];
}

/** "1.24.3,latest" */
export function parseVersions(text: string, before: readonly string[] = []): readonly string[] {
  const versions = text.split(",").map((each) => each.trim());
  const bad = versions.find((each) => !isRuntimeVersion(each));
  if (bad !== undefined)
    throw new InvalidArgumentError(`${JSON.stringify(bad)} is not a version, e.g. 1.24.3 or latest.`);
  return [...new Set([...before, ...versions])];
}

const MAX_LISTED = 4096;

/** "1,2,8" */
export function parseCounts(text: string, before: unknown): number[] {
  const counts = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (counts.some((count) => !(count >= 1 && count <= MAX_LISTED)))
    throw new InvalidArgumentError(`Give whole numbers from 1 to ${MAX_LISTED}, e.g. 1,2,8.`);
  return [...(Array.isArray(before) ? (before as number[]) : []), ...counts];
}

/** "Cast,Clip" or "all" */
export function parseOperators(text: string, before: AllowedOnCpu = []): AllowedOnCpu {
  const names = text.split(",").map((each) => each.trim());
  if (before === "all" || names.includes("all")) return "all";
  const bad = names.find((each) => !/^\w+$/.test(each));
  if (bad !== undefined) throw new InvalidArgumentError(`${JSON.stringify(bad)} is not an operator, e.g. Cast,Clip.`);
  return [...new Set([...before, ...names])];
}

export function parseTimes(text: string): number {
  const times = Number(text);
  if (/^\d+$/.test(text) && times >= 2 && times <= MAX_LISTED) return times;
  throw new InvalidArgumentError(`It must be a whole number from 2 to ${MAX_LISTED}.`);
}

type Tolerances = Readonly<Record<string, Tolerance>>;

const BOUNDS: Readonly<Record<string, (text: string) => number>> = Object.freeze({
  abs: parseBound,
  rel: parseBound,
  ulp: parseUlp,
});

/** "logits:abs=1e-5,ulp=4"; split at the last colon, because exporters put colons into names. */
export function parseOutputTolerance(text: string, before: Tolerances = {}): Tolerances {
  const at = text.lastIndexOf(":");
  const [output, bounds] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (output === "")
    throw new InvalidArgumentError("Give an output's name and its bounds, e.g. logits:abs=1e-5,ulp=4.");
  const entries = bounds.split(",").map((part): [string, number] => {
    const [name = "", value = "", ...rest] = part.split("=").map((each) => each.trim());
    const parse = Object.hasOwn(BOUNDS, name) ? BOUNDS[name] : undefined;
    if (parse === undefined || rest.length > 0)
      throw new InvalidArgumentError(`${JSON.stringify(part)} is not a bound. Bounds: abs=1e-5, rel=1e-3, ulp=4.`);
    return [name, parse(value)];
  });
  return { ...before, [output]: Object.fromEntries(entries) };
}
