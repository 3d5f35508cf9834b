import type { OnnxModel } from "#core/onnx/graph.ts";
import type { CertifyOptions } from "#core/certify/certify.ts";
import { seedOf } from "./generate/tape.ts";
import { attempt, type Trial } from "./trial.ts";

export interface Campaign {
  readonly trials: readonly Trial[];
  /** Graphs that were certified although the oracle alone shows a claim to be wrong. */
  readonly falsehoods: readonly string[];
  readonly drawn: number;
}

interface Wanted {
  readonly certified: number;
  readonly seed: number;
  readonly accepts?: (model: OnnxModel) => boolean;
  readonly options?: CertifyOptions;
}

/** A generator that hardly makes a certifiable graph has become useless. */
const MOST_DRAWN_EACH = 20;

/** Draws random graphs until as many are certified as wanted. The same seed draws the same graphs. */
export function campaign({ certified, seed, accepts = () => true, options = {} }: Wanted): Campaign {
  const trials: Trial[] = [];
  const falsehoods: string[] = [];
  let drawn = 0;
  while (trials.length + falsehoods.length < certified) {
    if (drawn > certified * MOST_DRAWN_EACH + 100)
      throw new Error(`only ${trials.length} of ${drawn} random graphs are certified`);
    const tried = attempt(seedOf("soundness", seed, drawn), options);
    if (tried.kind === "false") falsehoods.push(`graph ${drawn}: ${tried.what}`);
    if (tried.kind === "ready" && accepts(tried.trial.model)) trials.push(tried.trial);
    drawn += 1;
  }
  return { trials, falsehoods, drawn };
}

/** SOUNDNESS_GRAPHS and SOUNDNESS_SEED, the latter a number or "random"; printed where it is random, so that it can be given again. */
export function settings(graphs: number): { graphs: number; seed: number } {
  return { graphs: countFrom("SOUNDNESS_GRAPHS", graphs), seed: seedFromEnvironment() };
}

/** The same for changed files. */
export function mutantSettings(mutants: number): { mutants: number; seed: number } {
  return { mutants: countFrom("SOUNDNESS_MUTANTS", mutants), seed: seedFromEnvironment() };
}

function countFrom(variable: string, fallback: number): number {
  const count = Number(process.env[variable] ?? fallback);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new Error(`${variable} is ${process.env[variable]}; it must be a whole number.`);
}

function seedFromEnvironment(): number {
  const said = process.env["SOUNDNESS_SEED"] ?? "1729";
  const seed = said === "random" ? Math.floor(Math.random() * 2 ** 30) : Number(said);
  if (Number.isInteger(seed)) return seed;
  throw new Error(`SOUNDNESS_SEED is ${said}; it must be a whole number or "random".`);
}
