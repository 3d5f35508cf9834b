import { describe, expect, test } from "vitest";
import type { CertifyOptions } from "#core/certify/certify.ts";
import { settings } from "./campaign.ts";
import { IN_BITS, IN_CLAIMS, type Counterexample } from "./counterexamples.ts";
import { seedOf } from "./generate/tape.ts";
import { packsOf } from "./pack.ts";
import { runOnCpu } from "./runtimes/cpu.ts";
import { runOnWasm } from "./runtimes/wasm.ts";
import { attempt, tryEveryRow, type Tried } from "./trial.ts";
import { differences } from "./verdict.ts";
import { FOUND_BY_BITS, FOUND_BY_CLAIMS } from "./weakened.ts";

const DRAWN_AT_ONCE = 200;
const MOST_DRAWN = 6000;
const TIMEOUT_MS = 240_000;

const { seed } = settings(1);

/* A suite that cannot fail proves nothing: each rule set here lacks one thing the theorem asks for, and must be found out. */

describe("the bits of ONNX Runtime reveal a weakened rule", () => {
  const cases = paired(FOUND_BY_BITS, IN_BITS);

  test.each(cases)("by a constructed graph: %s", async (_what, options, { specimen }) => {
    expect(await counterexampleInBits([tryEveryRow(specimen)])).toBeUndefined();
    expect(await counterexampleInBits([tryEveryRow(specimen, options)])).toBeDefined();
  });

  test.each(cases)(
    `by random graphs (SOUNDNESS_SEED=${seed}): %s`,
    (what, options, { favoured }) => untilFound(what, options, favoured, counterexampleInBits),
    TIMEOUT_MS,
  );
});

describe("the oracle reveals a weakened rule, before any backend runs", () => {
  const cases = paired(FOUND_BY_CLAIMS, IN_CLAIMS);

  test.each(cases)("by a constructed graph: %s", (_what, options, { specimen }) => {
    expect(counterexampleInClaims([tryEveryRow(specimen)])).toBeUndefined();
    expect(counterexampleInClaims([tryEveryRow(specimen, options)])).toBeDefined();
  });

  test.each(cases)(
    `by random graphs (SOUNDNESS_SEED=${seed}): %s`,
    (what, options, { favoured }) => untilFound(what, options, favoured, counterexampleInClaims),
    TIMEOUT_MS,
  );
});

function paired(
  ruleSets: Readonly<Record<string, CertifyOptions>>,
  counterexamples: Readonly<Record<string, Counterexample>>,
): readonly (readonly [string, CertifyOptions, Counterexample])[] {
  return Object.entries(ruleSets).map(([what, options]) => [what, options, counterexamples[what]!]);
}

type Search = (tried: readonly Tried[]) => Promise<string | undefined> | string | undefined;

/** Each graph has a seed of its own, made of the rule's name and its number. */
async function untilFound(
  what: string,
  options: CertifyOptions,
  favoured: Counterexample["favoured"],
  search: Search,
): Promise<void> {
  let found: string | undefined;
  for (let drawn = 0; found === undefined && drawn < MOST_DRAWN; drawn += DRAWN_AT_ONCE) {
    const seeds = Array.from({ length: DRAWN_AT_ONCE }, (_, at) => seedOf(what, seed, drawn + at));
    found = await search(seeds.map((each) => attempt(each, options, favoured)));
  }
  expect(found, `no counterexample among ${MOST_DRAWN} random graphs`).toBeDefined();
}

function counterexampleInClaims(all: readonly Tried[]): string | undefined {
  return all.find((tried) => tried.kind === "false")?.what;
}

/** Deliberately without a look at the claims, as if there were no oracle but for the outputs. */
async function counterexampleInBits(all: readonly Tried[]): Promise<string | undefined> {
  // The true output may be not a float32, so that no backend can answer it.
  const impossible = all.find((tried) => tried.kind === "false" && tried.trial === null);
  if (impossible?.kind === "false") return impossible.what;
  const trials = all.flatMap((tried) => (tried.kind === "refused" ? [] : (tried.trial ?? [])));
  for (const pack of packsOf(trials, 40)) {
    const backends = [
      () => runOnCpu(pack.bytes, pack.feeds, "disabled", 1),
      () => runOnCpu(pack.bytes, pack.feeds, "extended", 1),
      () => runOnWasm(pack.bytes, pack.feeds, "extended"),
    ];
    for (const run of backends) {
      // Some weakened rules certify graphs that no session can be made of, which is not a difference in bits.
      const answers = await run().catch(() => null);
      const [first] = answers === null ? [] : differences(pack, answers, "a backend");
      if (first !== undefined) return first;
    }
  }
  return undefined;
}
