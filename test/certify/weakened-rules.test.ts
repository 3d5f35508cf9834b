import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CertifyOptions } from "#core/certify/certify.ts";
import { tapes } from "./generate/tape.ts";
import { packsOf } from "./pack.ts";
import { runOnCpu } from "./runtimes/cpu.ts";
import { runOnWasm } from "./runtimes/wasm.ts";
import { attempt, type Trial } from "./trial.ts";
import { differences } from "./verdict.ts";
import { FOUND_BY_BITS, FOUND_BY_CLAIMS } from "./weakened.ts";

const SEED = 1729;
const DRAWN_AT_ONCE = 250;
const MOST_DRAWN = 3000;
const TIMEOUT_MS = 240_000;

/* A suite that cannot fail proves nothing: each rule set here lacks one thing the theorem asks for, and must be found out. */

describe("a weakened rule is found out by the bits of ONNX Runtime", () => {
  test.each(Object.entries(FOUND_BY_BITS))(
    "%s",
    (_what, options) => untilFound(options, counterexampleInBits),
    TIMEOUT_MS,
  );
});

describe("a weakened rule is found out by the oracle, before any backend runs", () => {
  test.each(Object.entries(FOUND_BY_CLAIMS))(
    "%s",
    (_what, options) => untilFound(options, counterexampleInClaims),
    TIMEOUT_MS,
  );
});

type Search = (
  batch: readonly (readonly number[])[],
  options: CertifyOptions,
) => Promise<string | undefined> | string | undefined;

async function untilFound(options: CertifyOptions, search: Search): Promise<void> {
  let found: string | undefined;
  for (let drawn = 0; found === undefined && drawn < MOST_DRAWN; drawn += DRAWN_AT_ONCE) {
    found = await search(fc.sample(tapes, { numRuns: DRAWN_AT_ONCE, seed: SEED + drawn }), options);
  }
  expect(found, `no counterexample among ${MOST_DRAWN} random graphs`).toBeDefined();
}

function counterexampleInClaims(batch: readonly (readonly number[])[], options: CertifyOptions): string | undefined {
  for (const choices of batch) {
    const tried = attempt(choices, options);
    if (tried.kind === "false") return tried.what;
  }
  return undefined;
}

/** Deliberately without a look at the claims, as if there were no oracle but for the outputs. */
async function counterexampleInBits(
  batch: readonly (readonly number[])[],
  options: CertifyOptions,
): Promise<string | undefined> {
  const trials: Trial[] = [];
  for (const choices of batch) {
    const tried = attempt(choices, options);
    // The true output is no float32, so that no backend can answer it.
    if (tried.kind === "false" && tried.trial === null) return tried.what;
    if (tried.kind !== "refused" && tried.trial !== null) trials.push(tried.trial);
  }
  for (const pack of packsOf(trials, 40)) {
    const backends = [
      () => runOnCpu(pack.bytes, pack.feeds, "disabled", 1),
      () => runOnCpu(pack.bytes, pack.feeds, "extended", 1),
      () => runOnWasm(pack.bytes, pack.feeds, "extended"),
    ];
    for (const run of backends) {
      // Some weakened rules certify graphs that no session can be made of, which is no difference in bits.
      const answers = await run().catch(() => null);
      const [first] = answers === null ? [] : differences(pack, answers, "a backend");
      if (first !== undefined) return first;
    }
  }
  return undefined;
}
