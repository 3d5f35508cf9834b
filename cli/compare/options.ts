import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "commander";
import type { BackendId } from "#core/backends/backend.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { OPTIMIZATION_LEVELS, type OptimizationLevel } from "#core/backends/runner-messages.ts";
import { parseBound, parseUlp } from "../arguments.ts";
import type { InputOptions } from "#library/inputs/open-inputs.ts";
import type { ReportOptions } from "../report/options.ts";
import type { Sweeps } from "#library/compare/sources.ts";

/** As commander gives them; an option that may stand without a value is then `true`. */
export interface CompareOptions extends Omit<InputOptions, "dims">, ReportOptions {
  readonly dim?: InputOptions["dims"];
  readonly backends?: readonly BackendId[];
  readonly reference?: string;
  readonly levels?: readonly OptimizationLevel[] | true;
  readonly threads?: readonly number[] | true;
  readonly batch?: readonly number[] | true;
  readonly repeats?: number | true;
  readonly sessions?: number | true;
  readonly product?: boolean;
  readonly abs?: number;
  readonly rel?: number;
  readonly ulp?: number;
  readonly tolerance?: Readonly<Record<string, Tolerance>>;
  /** Undefined: where two models or two backends drift apart. */
  readonly trace?: boolean;
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly invert?: boolean;
  readonly asIs?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

const DEFAULT_REPEATS = 3;
const DEFAULT_BATCHES = [1, 2, 8];

/** The sweeps that were asked for, with their default lists filled in. */
export function sweepsOf({ levels, threads, batch, repeats, sessions, product }: CompareOptions): Sweeps {
  return {
    ...(levels !== undefined && { levels: levels === true ? OPTIMIZATION_LEVELS : levels }),
    ...(threads !== undefined && { threads: threads === true ? defaultThreads() : threads }),
    ...(batch !== undefined && { batch: batch === true ? DEFAULT_BATCHES : batch }),
    ...(repeats !== undefined && { repeats: repeats === true ? DEFAULT_REPEATS : repeats }),
    ...(sessions !== undefined && { sessions: sessions === true ? DEFAULT_REPEATS : sessions }),
    product: product === true,
  };
}

export function isSwept({ levels, threads, batch, repeats, sessions }: Sweeps): boolean {
  return [levels, threads, batch, repeats, sessions].some((each) => each !== undefined);
}

/** 1, 2, 4, … up to what the machine has, and that number itself. */
function defaultThreads(): readonly number[] {
  const most = availableParallelism();
  const doubled = Array.from({ length: Math.ceil(Math.log2(most)) }, (_, power) => 2 ** power);
  return [...new Set([1, ...doubled, most])];
}

/** Null: bits must be equal. */
export function toleranceOf({ abs, rel, ulp }: CompareOptions): Tolerance | null {
  if (abs === undefined && rel === undefined && ulp === undefined) return null;
  return { ...(abs !== undefined && { abs }), ...(rel !== undefined && { rel }), ...(ulp !== undefined && { ulp }) };
}

/** How images are fed, as the variables that `MODEL` has. */
export function preprocessVariables({ scale, mean, std, invert }: CompareOptions): Readonly<Record<string, string>> {
  return {
    ...(scale !== undefined && { MODEL_SCALE: String(scale) }),
    ...(mean !== undefined && { MODEL_MEAN: mean.join(",") }),
    ...(std !== undefined && { MODEL_STD: std.join(",") }),
    ...(invert !== undefined && { MODEL_INVERT: String(invert) }),
  };
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

const MAX_LISTED = 4096;

/** "1,2,8" */
export function parseCounts(text: string, before: unknown): number[] {
  const counts = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (counts.some((count) => !(count >= 1 && count <= MAX_LISTED)))
    throw new InvalidArgumentError(`Give whole numbers from 1 to ${MAX_LISTED}, e.g. 1,2,8.`);
  return [...(Array.isArray(before) ? (before as number[]) : []), ...counts];
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

/** "logits:abs=1e-5,ulp=4"; the last colon counts, for exporters put colons into names. */
export function parseOutputTolerance(text: string, before: Tolerances = {}): Tolerances {
  const at = text.lastIndexOf(":");
  const [output, bounds] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (output === "")
    throw new InvalidArgumentError("Give an output's name and its bounds, e.g. logits:abs=1e-5,ulp=4.");
  const entries = bounds.split(",").map((part): [string, number] => {
    const [name = "", value = "", ...rest] = part.split("=").map((each) => each.trim());
    const parse = Object.hasOwn(BOUNDS, name) ? BOUNDS[name] : undefined;
    if (parse === undefined || rest.length > 0)
      throw new InvalidArgumentError(`${JSON.stringify(part)} is no bound. Known: abs=1e-5, rel=1e-3, ulp=4.`);
    return [name, parse(value)];
  });
  return { ...before, [output]: Object.fromEntries(entries) };
}
