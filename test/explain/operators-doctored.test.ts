import { describe, expect, test } from "vitest";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import { ask } from "./ask.ts";
import { FAULT_OPERATORS } from "./fault-cases.ts";
import { type FaultPlan, type FaultySource, injectFaults } from "./fault-campaign.ts";
import { FAULTS } from "./faults.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";
import { runAlone } from "./one-node.ts";
import { operatorCases } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

/** What is put at which index. */
type Doctor = (
  numbers: Float64Array,
  index: number,
  type: TensorValue["type"],
) => readonly (readonly [index: number, number: number])[];

/** 2^-10 of a float32; thrice a float16, which a sum of a hundred may miss by a twentieth; the next integer. */
function nudged(number: number, type: TensorValue["type"]): number {
  if (!/float/.test(type)) return number + 1;
  return number * (type === "float16" ? 3 : 1 + 2 ** -10);
}

const DOCTORS: Readonly<Record<string, Doctor>> = {
  "off by 2^-10": (numbers, index, type) => [[index, nudged(numbers[index]!, type)]],
  "its sign flipped": (numbers, index) => [[index, -numbers[index]!]],
  "swapped with its neighbour": (numbers, index) => [
    [index, numbers[index + 1]!],
    [index + 1, numbers[index]!],
  ],
};

/** Nothing is claimed about these, so that nothing can be called wrong. */
const UNKNOWN = new Set(["LSTM", "GRU", "RNN", "ImageScaler", "ConstantOfShape"]);

const cases = operatorCases(3).filter(({ label }) => !UNKNOWN.has(label));
const answers = runAlone(cases, { provider: "cpu" });

/** The largest element that has a neighbour unlike it: what is doctored there is far from nothing. */
function placeIn(numbers: Float64Array): number {
  let best = -1;
  for (let at = 0; at + 1 < numbers.length; at++) {
    const apart = Math.abs(numbers[at]! - numbers[at + 1]!) > Math.abs(numbers[at]!) * 2 ** -8;
    if (apart && Number.isFinite(numbers[at]!) && (best === -1 || Math.abs(numbers[at]!) > Math.abs(numbers[best]!)))
      best = at;
  }
  return best;
}

function doctored(
  output: TensorValue,
  doctor: Doctor,
): { readonly output: TensorValue; readonly index: number } | null {
  const { numbers, type } = readElements(output);
  const index = placeIn(numbers);
  if (index === -1) return null;
  const changed = numbers.slice();
  for (const [at, number] of doctor(numbers, index, type)) changed[at] = number;
  const replaced = tensor(type, output.dims, changed);
  const seen = readElements(replaced).numbers.some((each, at) => each !== numbers[at]);
  return seen ? { output: replaced, index } : null;
}

const isFloat = ({ type }: TensorValue): boolean => /float/.test(type);

/** WebGPU's language asks for no accuracy of these outside of [-pi, pi], nor of a remainder. */
const OPEN_ON_GPUS = new Set(["Sin", "Cos", "Tan", "Mod"]);

const TRIALS = ["WASM", "WEBGPU", "CUDA"].flatMap((source) =>
  Object.entries(DOCTORS).map(([name, doctor]) => [name, source, doctor] as const),
);

describe.each(TRIALS)("one element %s on %s", (_, source, doctor) => {
  test.for(cases.map((each, at) => [each.label, each, answers[at]!] as const))(
    "%s",
    ([_label, each, right], { skip }) => {
      if (right instanceof Error) throw right;
      const first = right[0]!;
      const change = doctored(first, doctor);
      // Such as the sign of an unsigned integer, or a neighbour in an output of one element.
      if (change === null) return skip("its output has no element that this would change");
      const explanation = ask(each, right, [change.output, ...right.slice(1)], ["CPU", source]);
      if (source !== "WASM" && OPEN_ON_GPUS.has(each.node.op)) {
        expect(explanation).not.toBeNull();
        return skip("WebGPU's language asks for no accuracy of it here, so nothing can be called wrong");
      }
      expect(explanation?.cause).toBe("WRONG_RESULT");
      expect(explanation?.wrong.map(({ side }) => side)).toEqual(["other"]);
      expect([change.index, change.index + 1]).toContain(explanation?.wrong[0]?.index);
    },
  );
});

test("the list of faults covers floats of three widths and integers", () => {
  const types = new Set(answers.flatMap((answer) => (answer instanceof Error ? [] : [answer[0]!.type])));
  expect([...types].filter((type) => /float/.test(type)).toSorted()).toEqual(["float16", "float32", "float64"]);
  expect([...types].some((type) => !isFloat({ type } as TensorValue))).toBe(true);
});

/** One fault in `every`, other ones per operator; `npm run faults` injects all of them. */
const oneIn =
  (every: number) =>
  (operator: number, fault: number): boolean =>
    (operator + fault) % every === 0;
const BUSY_MACHINE_MS = 400_000;

const noWebgpu = webgpuMissing();

describe("faults injected into real outputs", () => {
  test("15 kinds into at least 40 operators", () => {
    expect(Object.keys(FAULTS)).toHaveLength(15);
    expect(FAULT_OPERATORS.length).toBeGreaterThanOrEqual(40);
  });

  function expectAllFound(source: FaultySource, takes: NonNullable<FaultPlan["takes"]>, least: number): void {
    const { injected } = injectFaults({ source, seed: 1, takes });
    const missed = injected.filter(({ outcome }) => outcome === "benign" || outcome === "undercounted");
    expect(missed.map(({ operator, fault, explanation }) => [operator, fault, explanation?.causes])).toEqual([]);
    const found = injected.filter(({ outcome }) => outcome === "wrong" || outcome === "unexplained");
    expect(found.length).toBeGreaterThanOrEqual(least);
  }

  test.each(["WASM", "CUDA"] as const)(
    "none is headed by a benign cause: %s",
    { timeout: BUSY_MACHINE_MS },
    (source) => {
      expectAllFound(source, oneIn(3), 200);
    },
  );

  // A software adapter is slow: every third operator.
  test("none is reported with a benign cause: WEBGPU", { ...skippedFor(noWebgpu), timeout: BUSY_MACHINE_MS }, () => {
    expectAllFound("WEBGPU", (operator, fault) => operator % 3 === 1 && fault % 2 === 0, 80);
  });

  test("an explainer that calls every difference benign fails the campaign", () => {
    const { injected } = injectFaults({
      source: "WASM",
      seed: 1,
      takes: (operator, fault) => operator < 2 && fault < 3,
      explain: (...request) => {
        const explanation = ask(...request);
        return explanation && { ...explanation, cause: "FUSED_MULTIPLY_ADD" };
      },
    });
    expect(injected.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => "benign"));
  });
});
