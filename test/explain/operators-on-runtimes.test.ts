import { beforeAll, describe, expect, test } from "vitest";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { ask, countOf } from "./ask.ts";
import { edgeCases } from "./edge-cases.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";
import { type OneNode, runAlone, type Settings } from "./one-node.ts";
import { operatorCases } from "./operator-cases.ts";

const TIMEOUT_MS = 240_000;
const noWebgpu = webgpuMissing();

type Answers = readonly (readonly TensorValue[] | Error)[];

/** Where ONNX Runtime's CPU and WebAssembly part and nothing that is tried reproduces both sides' bits. */
const UNEXPLAINED_ON_WASM = new Set([
  "ConvTranspose",
  "GRU",
  "LSTM",
  "MeanVarianceNormalization",
  "RNN",
  "ReduceMean middle",
]);

/** So few elements differ that an order which reproduces them proves nothing. */
const FEW = 5;

function bothRan(
  cases: readonly OneNode[],
  left: Answers,
  right: Answers,
): readonly (readonly [OneNode, readonly TensorValue[], readonly TensorValue[]])[] {
  return cases.flatMap((each, at) => {
    const [a, b] = [left[at], right[at]];
    return a === undefined || b === undefined || a instanceof Error || b instanceof Error
      ? []
      : [[each, a, b] as const];
  });
}

const RANDOM = [operatorCases(1), operatorCases(2)];
const EDGES = edgeCases();

const answered = new Map<Settings["provider"], ReadonlyMap<OneNode, Answers[number]>>();

/** What a provider answers; asked for all cases at once, because it takes seconds to start. */
function run(cases: readonly OneNode[], provider: Settings["provider"]): Answers {
  if (!answered.has(provider)) {
    const all = [...RANDOM.flat(), ...EDGES];
    const answers = runAlone(all, { provider });
    answered.set(provider, new Map(all.map((each, at) => [each, answers[at]!])));
  }
  return cases.map((each) => answered.get(provider)!.get(each)!);
}

describe.each([1, 2])("random inputs, seed %i", (seed) => {
  const cases = RANDOM[seed - 1]!;
  let cpu: Answers;
  beforeAll(() => {
    cpu = run(cases, "cpu");
  });

  test("the CPU runs every operator of the list", () => {
    const failed = cases.flatMap(({ label }, at) => (cpu[at] instanceof Error ? [`${label}: ${cpu[at]}`] : []));
    expect(failed).toEqual([]);
  });

  test(
    "CPU against WebAssembly: nothing is called wrong, and what stays unexplained is known",
    { timeout: TIMEOUT_MS },
    () => {
      const pairs = bothRan(cases, cpu, run(cases, "wasm"));
      expect(pairs.length).toBe(cases.length);
      const explained = pairs.map(([each, left, right]) => ({
        label: each.label,
        explanation: ask(each, left, right),
      }));
      expect(explained.filter(({ explanation }) => explanation?.cause === "WRONG_RESULT")).toEqual([]);
      const open = explained
        .filter(({ explanation }) => (explanation?.unexplainedElements ?? 0) > FEW)
        .map(({ label }) => label);
      expect(open.filter((label) => !UNEXPLAINED_ON_WASM.has(label))).toEqual([]);
      // The list is worth something only where many operators do differ.
      expect(explained.filter(({ explanation }) => explanation !== null).length).toBeGreaterThan(30);
    },
  );

  test("CPU against WEBGPU: nothing is called wrong", { ...skippedFor(noWebgpu), timeout: TIMEOUT_MS }, () => {
    const pairs = bothRan(cases, cpu, run(cases, "webgpu"));
    expect(pairs.length).toBeGreaterThan(80);
    const wrong = pairs.flatMap(([each, left, right]) => {
      const explanation = ask(each, left, right, ["CPU", "WEBGPU"]);
      return countOf(explanation, "WRONG_RESULT") > 0 ? [{ label: each.label, wrong: explanation?.wrong }] : [];
    });
    expect(wrong).toEqual([]);
  });
});

describe("zeros, subnormals, infinities and NaN", () => {
  const cases = EDGES;
  let cpu: Answers;
  beforeAll(() => {
    cpu = run(cases, "cpu");
  });

  test.for(["wasm", "webgpu"] as const)(
    "nothing is called wrong on %s",
    { timeout: TIMEOUT_MS },
    (provider, { skip }) => {
      skip(provider === "webgpu" && noWebgpu !== null, noWebgpu ?? "");
      const pairs = bothRan(cases, cpu, run(cases, provider));
      expect(pairs.length).toBeGreaterThan(100);
      const wrong = pairs.flatMap(([each, left, right]) => {
        const explanation = ask(each, left, right, ["CPU", provider.toUpperCase()]);
        return countOf(explanation, "WRONG_RESULT") > 0 ? [{ label: each.label, wrong: explanation?.wrong }] : [];
      });
      expect(wrong).toEqual([]);
    },
  );
});
