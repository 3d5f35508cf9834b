import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_ROWS_PER_RUN } from "#core/limits.ts";
import type { ModelInfo } from "#core/model.ts";
import { type RunRows, sharingRuns } from "#core/shared-runs.ts";
import { modelOf } from "./plan.ts";

/* Which rows share a run is decided here; that their bits do not change by it is tested on real sessions, in test/stack. */

function certified(): ModelInfo {
  const model = modelOf({ width: 2, height: 1 });
  const certificate = {
    inputDomain: "integers 0 to 255",
    anyAlgorithm: true,
    tf32Safe: true,
    headroomUsed: 0.5,
    assumptions: [],
    nodes: [],
    otherAlgorithms: [],
    tooWideForTf32: [],
    webgpuFaults: [],
  };
  const domain = { shape: [-1, 2], exponent: 0, lo: 0, hi: 255 };
  return {
    ...model,
    input: { ...model.input, shape: [-1, 2] },
    proof: { certificate, domain, rowsIndependent: true, failure: null },
  };
}

const row = (...values: number[]): Float32Array => Float32Array.from(values);

/** Twice each row, a moment later; remembers what stood together. Fails for a run with `poison` in it. */
function recorder(poison?: number): { run: RunRows; runs: number[][] } {
  const runs: number[][] = [];
  return {
    runs,
    run: async (rows) => {
      runs.push(rows.map(([first]) => first!));
      await new Promise(setImmediate);
      if (rows.some(([first]) => first === poison)) throw new Error("poisoned");
      return { logits: rows.map((each) => each.map((value) => 2 * value)), latencyMs: rows.length };
    },
  };
}

/** Questions of one row, or of several that core/batching.ts put together. */
const questions = fc.array(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: MAX_ROWS_PER_RUN }), {
  minLength: 1,
  maxLength: 40,
});

describe("questions that are asked while a run is under way", () => {
  it("share the next one, and each gets the answers to its own rows", async () => {
    await fc.assert(
      fc.asyncProperty(questions, async (asked) => {
        const { run, runs } = recorder();
        const shared = sharingRuns(certified(), run);
        const answers = await Promise.all(asked.map((firsts) => shared(firsts.map((first) => row(first, 1)))));
        expect(answers.map(({ logits }) => logits.map(([first]) => first! / 2))).toEqual(asked);
        expect(answers.map(({ latencyMs }) => latencyMs)).toEqual(asked.map(({ length }) => length));
        expect(runs.flat()).toEqual(asked.flat());
        expect(Math.max(...runs.map(({ length }) => length))).toBeLessThanOrEqual(MAX_ROWS_PER_RUN);
        // What follows a run would not have fitted into it; the first alone runs before there is anything to join.
        const sizes = asked.map(({ length }) => length);
        let next = 0;
        for (const [at, { length }] of runs.entries()) {
          for (let rows = 0; rows < length; next++) rows += sizes[next]!;
          if (at > 0 && next < sizes.length) expect(length + sizes[next]!).toBeGreaterThan(MAX_ROWS_PER_RUN);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("go two by two at most: one that runs, and one for all that wait", async () => {
    const { run, runs } = recorder();
    const shared = sharingRuns(certified(), run);
    await Promise.all([1, 2, 3, 4, 5].map((first) => shared([row(first, 0)])));
    expect(runs).toEqual([[1], [2, 3, 4, 5]]);
  });

  it("fail by their own rows alone", async () => {
    const { run } = recorder(3);
    const shared = sharingRuns(certified(), run);
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((first) => shared([row(first, 0)])));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    await expect(shared([row(9, 0)])).resolves.toMatchObject({ latencyMs: 1 });
  });
});

describe("questions that never share", () => {
  const together = async (model: ModelInfo, rows: readonly Float32Array[]): Promise<number> => {
    const { run, runs } = recorder();
    const shared = sharingRuns(model, run);
    await Promise.all(rows.map((each) => shared([each])));
    return Math.max(...runs.map(({ length }) => length));
  };
  const integers = [row(1, 0), row(2, 0), row(3, 0)];

  it("are those of a model without a certificate", async () => {
    expect(await together(certified(), integers)).toBe(2);
    expect(await together(modelOf({ width: 2, height: 1 }), integers)).toBe(1);
  });

  it("are those of a fixed batch, or where a node mixes rows", async () => {
    const model = certified();
    expect(await together({ ...model, input: { ...model.input, shape: [1, 2], fixedBatch: 1 } }, integers)).toBe(1);
    const mixing = { ...model, proof: { ...model.proof, rowsIndependent: false } } as ModelInfo;
    expect(await together(mixing, integers)).toBe(1);
  });

  it("are inputs outside the certificate's domain", async () => {
    expect(await together(certified(), [row(0.5, 0), row(1.5, 0), row(256, 0), row(-0, 0)])).toBe(1);
  });
});
