import { beforeAll, describe, expect, test } from "vitest";
import { RULES } from "#core/certify/rules/index.ts";
import { campaign, settings, type Campaign } from "./campaign.ts";
import { censusOfGraphs } from "./census.ts";
import { describe as describeGraph } from "./graphs/sketch.ts";
import { packsOf, type Pack } from "./pack.ts";
import { LEVELS, runOnCpu } from "./runtimes/cpu.ts";
import type { Outputs } from "./runtimes/feed.ts";
import { runOnWasm } from "./runtimes/wasm.ts";
import { differences } from "./verdict.ts";

const PACKED = 40;
const LONG_MS = 1_800_000;

/** Operators that hardly appear in a few hundred graphs; a thousand must meet them too. */
const RARE = ["Neg", "Shape", "DepthToSpace", "GlobalAveragePool"];

const { graphs, seed } = settings(400);

/** Random certified graphs, each on the inputs that are likeliest to break it, against exact arithmetic. */
describe(`${graphs} random certified graphs (SOUNDNESS_SEED=${seed})`, () => {
  let drawn: Campaign;
  let packs: readonly Pack[];

  beforeAll(() => {
    drawn = campaign({ certified: graphs, seed });
    packs = packsOf(drawn.trials, PACKED);
    console.log(`soundness: ${drawn.trials.length} certified of ${drawn.drawn} random graphs, seed ${seed}`);
    if (graphs >= 1000) console.log(censusOfGraphs(drawn.trials));
  }, LONG_MS);

  test("no claim of a rule about any tensor is false", () => {
    expect(drawn.falsehoods).toEqual([]);
  });

  test("every operator that can be certified occurs", () => {
    const met = new Set(drawn.trials.flatMap(({ model }) => model.graph.nodes.map(({ op }) => op)));
    expect([...RULES.keys()].filter((op) => !met.has(op) && (graphs >= 1000 || !RARE.includes(op)))).toEqual([]);
  });

  const cpus = LEVELS.flatMap((level) => [1, 2].map((threads) => [level, threads] as const));
  test.each(cpus)(
    "CPU at level %s with %i threads gives the true bits",
    async (level, threads) => {
      expect(
        await differencesOn((pack) => runOnCpu(pack.bytes, pack.feeds, level, threads), `CPU ${level} ${threads}`),
      ).toEqual([]);
    },
    LONG_MS,
  );

  test.each(LEVELS.map((level) => [level] as const))(
    "WASM at level %s gives the true bits",
    async (level) => {
      expect(await differencesOn((pack) => runOnWasm(pack.bytes, pack.feeds, level), `WASM ${level}`)).toEqual([]);
    },
    LONG_MS,
  );

  async function differencesOn(run: (pack: Pack) => Promise<Outputs>, backend: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const pack of packs) found.push(...(await wrongIn(pack, run, backend)));
    return found;
  }

  /** A graph that does not run is wrong too. */
  async function wrongIn(
    pack: Pack,
    run: (pack: Pack) => Promise<Outputs>,
    backend: string,
  ): Promise<readonly string[]> {
    try {
      return differences(pack, await run(pack), backend);
    } catch (error) {
      const [first, second] = pack.trials;
      if (second === undefined) return [`${backend}: ${String(error)}\n${describeGraph(first!.model)}`];
      const found: string[] = [];
      for (const single of packsOf(pack.trials, 1)) found.push(...(await wrongIn(single, run, backend)));
      return found;
    }
  }
});
