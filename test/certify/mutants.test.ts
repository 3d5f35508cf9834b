import { beforeAll, describe, expect, test } from "vitest";
import { mutantSettings } from "./campaign.ts";
import { census } from "./census.ts";
import { seedOf, Tape } from "./generate/tape.ts";
import { judgeFile, mutantOf, MUTATIONS, takesGreyLevels, type Judged, type Mutant } from "./mutate/mutant.ts";
import { LEVELS, runOnCpu } from "./runtimes/cpu.ts";
import type { Feed, Outputs } from "./runtimes/feed.ts";
import { runOnWasm } from "./runtimes/wasm.ts";
import { attempt, type Trial } from "./trial.ts";
import { differences } from "./verdict.ts";

/** Files of one certified graph, which costs more to find than to change. */
const PER_GRAPH = 20;
const LONG_MS = 1_800_000;

const { mutants, seed } = mutantSettings(600);

type Certified = Mutant & { readonly trial: Trial; readonly executed: Uint8Array };
type Run = (bytes: Uint8Array, feeds: readonly Feed[]) => Promise<Outputs>;

/*
 * Files of certified graphs with some bytes, fields, names or messages changed. Either isobit refuses such a file, or what
 * it certifies is what it runs, and what the file says to ONNX Runtime.
 */
describe(`${mutants} changed files of certified graphs (SOUNDNESS_SEED=${seed})`, () => {
  const certified: Certified[] = [];
  const falsehoods: string[] = [];
  const incomputable: (Mutant & Extract<Judged, { kind: "incomputable" }>)[] = [];
  const kinds: string[] = [];
  let tooLarge = 0;

  beforeAll(() => {
    let refused = 0;
    for (const { mutant, judged } of judgedMutants()) {
      for (const kind of mutant.what.split("; "))
        kinds.push(`${kind}: ${judged.kind === "refused" ? "refused" : "certified"}`);
      if (judged.kind === "too large") tooLarge += 1;
      if (judged.kind === "refused") refused += 1;
      if (judged.kind === "false") falsehoods.push(`${mutant.what}: ${judged.what}`);
      if (judged.kind === "incomputable") incomputable.push({ ...mutant, ...judged });
      if (judged.kind === "ready") certified.push({ ...mutant, ...judged });
    }
    console.log(
      `soundness: of ${mutants} changed files ${refused} refused, ${certified.length} certified, ${incomputable.length} not computable, ${tooLarge} too large to be judged, seed ${seed}`,
    );
    if (mutants >= 1000) console.log(census(kinds));
  }, LONG_MS);

  test("every kind of change occurs", () => {
    expect(Object.keys(MUTATIONS).filter((kind) => !kinds.some((met) => met.startsWith(`${kind}: `)))).toEqual([]);
    expect(certified.length).toBeGreaterThan(mutants / 10);
  });

  test("few are too large to be judged", () => {
    expect(tooLarge).toBeLessThanOrEqual(1 + mutants / 50);
  });

  test("no claim about any tensor is false", () => {
    expect(falsehoods).toEqual([]);
  });

  test.each(LEVELS)(
    "what is executed gives the true bits on CPU at level %s",
    async (level) => {
      expect(
        await wrong(
          (bytes, feeds) => runOnCpu(bytes, feeds, level, 1),
          ({ executed }) => executed,
        ),
      ).toEqual([]);
    },
    LONG_MS,
  );

  test.each(LEVELS)(
    "what is executed gives the true bits on WASM at level %s",
    async (level) => {
      expect(
        await wrong(
          (bytes, feeds) => runOnWasm(bytes, feeds, level),
          ({ executed }) => executed,
        ),
      ).toEqual([]);
    },
    LONG_MS,
  );

  test(
    "the file itself gives them too, on CPU without optimisation: isobit reads what ONNX Runtime reads",
    async () => {
      expect(
        await wrong(
          (bytes, feeds) => runOnCpu(bytes, feeds, "disabled", 1),
          ({ bytes }) => bytes,
        ),
      ).toEqual([]);
    },
    LONG_MS,
  );

  test("a request that computes nothing is refused too", async () => {
    const answered: string[] = [];
    for (const { what, executed, feed } of incomputable) {
      const answer = await runOnCpu(executed, [feed], "disabled", 1).catch(() => null);
      if (answer !== null) answered.push(what);
    }
    expect(answered).toEqual([]);
  });

  async function wrong(run: Run, bytesOf: (mutant: Certified) => Uint8Array): Promise<readonly string[]> {
    const found: string[] = [];
    let ran = 0;
    for (const mutant of certified) {
      // A certificate is not broken by a file that a runtime refuses to load, such as one of an unknown IR version.
      const feed = { name: mutant.trial.model.graph.inputs[0]!.name, ...mutant.trial.input };
      const answers = await run(bytesOf(mutant), [feed]).catch(() => null);
      const { trial } = mutant;
      const pack = { outputs: [trial.model.graph.outputs[0]!.name], trials: [trial] };
      // Nor by an output called "__proto__", which the JavaScript API loses.
      if (!answers?.has(pack.outputs[0]!)) continue;
      ran += 1;
      found.push(...differences(pack, answers, mutant.what));
    }
    expect(ran).toBeGreaterThan(certified.length / 2);
    return found;
  }
});

function* judgedMutants(): Generator<{ readonly mutant: Mutant; readonly judged: Judged }> {
  let made = 0;
  for (let graph = 0; made < mutants; graph++) {
    const tried = attempt(seedOf("mutants", seed, graph));
    if (tried.kind !== "ready" || !takesGreyLevels(tried.trial.domain)) continue;
    for (let number = 0; number < PER_GRAPH && made < mutants; number++, made++) {
      const tape = new Tape(seedOf("mutants", seed, graph, number));
      const mutant = mutantOf(tried.trial, tape);
      yield { mutant, judged: judgeFile(mutant.bytes, tried.trial, tape) };
    }
  }
}
