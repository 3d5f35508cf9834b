import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { ask } from "../support/graphql.ts";
import { isobit } from "../support/isobit.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* isobit's own harness writes Paragon's columns first, its metrics as computed, and next to them what the bits say. */

const PARAGON = "image,cpu_pred,gpu_pred,match,cpu_latency_sec,gpu_latency_sec,max_abs_diff,mean_abs_diff,l2_diff";

interface Written {
  readonly rows: readonly Record<string, string>[];
  readonly stdout: string;
  readonly header: string;
}

interface Asked {
  readonly pair: { readonly maxAbs: number; readonly differingElements: number };
  readonly probabilities: readonly [readonly number[], readonly number[]];
  readonly bits: readonly [string, string];
}

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});

async function parityOf(model: string): Promise<Written> {
  const folder = await mkdtemp(join(tmpdir(), "isobit-own-harness-"));
  try {
    const args = ["parity", "--url", stack.edgeUrl, "--model", model, "--backends", "WASM,CPU", "--out", folder];
    const { stdout } = await isobit([...args, "--verbose"]);
    const csv = await readFile(join(folder, "parity_summary.csv"), "utf8");
    return { rows: parse(csv, { columns: true }), stdout, header: csv.split("\n")[0]! };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same request through GraphQL: what the file must say. */
async function asked(model: string): Promise<Asked[]> {
  const query = `{ parity(model: "${model}", backends: [CPU, WASM]) { rows {
    outputs { prediction { probabilities logits { bits } } } pairs { maxAbs differingElements }
  } } }`;
  const { data } = (await ask(stack.edgeUrl, query)).body;
  const rows = data.parity.rows as readonly {
    readonly outputs: readonly { readonly prediction: { probabilities: number[]; logits: { bits: string } } }[];
    readonly pairs: readonly Asked["pair"][];
  }[];
  return rows.map(({ outputs: [cpu, wasm], pairs }) => ({
    pair: pairs[0]!,
    probabilities: [cpu!.prediction.probabilities, wasm!.prediction.probabilities],
    bits: [cpu!.prediction.logits.bits, wasm!.prediction.logits.bits],
  }));
}

describe.each([
  { model: "digits-exact", drifts: false },
  { model: "digits", drifts: true },
])("parity_summary.csv of $model", ({ model, drifts }) => {
  let written: Written;
  let expected: Asked[];
  beforeAll(async () => {
    [written, expected] = [await parityOf(model), await asked(model)];
  });

  it("has ten rows, Paragon's columns first", () => {
    expect(written.rows).toHaveLength(10);
    expect(written.header.startsWith(`${PARAGON},`)).toBe(true);
  });

  it("its logit drift is 0 where the bits are equal and above 0 where they differ, with every digit", () => {
    for (const [at, row] of written.rows.entries()) {
      const { pair, bits } = expected[at]!;
      expect(row["logit_max_abs"]).toBe(String(pair.maxAbs));
      expect(Number(row["logit_max_abs"]) > 0).toBe(bits[0] !== bits[1]);
      expect(Number(row["max_ulp"]) > 0).toBe(bits[0] !== bits[1]);
      expect(row["differing_elements"]).toBe(String(pair.differingElements));
    }
    expect(written.rows.some((row) => Number(row["logit_max_abs"]) > 0)).toBe(drifts);
  });

  it("its probability columns are the distances as computed, not rounded", () => {
    for (const [at, row] of written.rows.entries()) {
      const [cpu, wasm] = expected[at]!.probabilities;
      const distances = cpu.map((probability, index) => Math.abs(probability - wasm[index]!));
      expect(Number(row["max_abs_diff"])).toBe(Math.max(...distances));
      expect(Number(row["mean_abs_diff"])).toBeCloseTo(distances.reduce((sum, each) => sum + each, 0) / 10, 20);
      expect(Number(row["l2_diff"])).toBeCloseTo(Math.hypot(...distances), 20);
    }
    expect(written.rows.some((row) => Number(row["max_abs_diff"]) > 0)).toBe(drifts);
  });

  it("--verbose prints both probability vectors, every digit of them", () => {
    for (const { probabilities } of expected) {
      for (const probability of probabilities.flat()) expect(written.stdout).toContain(String(probability));
    }
  });
});
