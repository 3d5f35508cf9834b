import { describe, expect, test } from "vitest";
import { readElements } from "#core/tensors/read-elements.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { ask } from "./ask.ts";
import { type OneNode, runAlone } from "./one-node.ts";
import { tensor } from "./tensors.ts";
import { webgpuMissing } from "../support/missing.ts";
import { transformerCases } from "./transformer-cases.ts";

const CASES = [...transformerCases(1), ...transformerCases(2)];
const missing = webgpuMissing();

function changed({ type, dims, ...value }: TensorValue, change: (each: number, index: number) => number): TensorValue {
  const numbers = readElements({ type, dims, ...value }).numbers;
  return tensor(type, dims, Array.from(numbers, change));
}

/** Every element is judged if the reference differs in all of them. */
function judged(node: OneNode, source: string, given: readonly TensorValue[], right = given) {
  const reference = right.map((each) => changed(each, (number) => number + 1));
  const explanation = ask(node, reference, given, [source === "CPU" ? "WASM" : "CPU", source]);
  return { wrong: explanation?.wrong.filter(({ side }) => side === "other") ?? [], explanation };
}

describe.each(["cpu", "wasm", "webgpu"] as const)("operators of transformers on %s", (provider) => {
  const isMissing = provider === "webgpu" && missing !== null;
  const answers = isMissing ? [] : runAlone(CASES, { provider });
  const source = provider.toUpperCase();

  test.skipIf(isMissing)("no result of a real kernel is judged wrong", () => {
    const ran = CASES.flatMap((node, at) => {
      const answer = answers[at];
      return answer === undefined || answer instanceof Error ? [] : [[node, answer] as const];
    });
    const wrong = ran.flatMap(([node, answer]) => {
      const found = judged(node, source, answer);
      return found.wrong.map((each) => [node.label, each]);
    });
    expect(wrong).toEqual([]);
    expect(new Set(ran.map(([{ node }]) => node.op)).size).toBeGreaterThanOrEqual(provider === "webgpu" ? 3 : 6);
  });

  test.skipIf(isMissing)("one element that is 1 % off is judged wrong in each of them", () => {
    const missed = CASES.flatMap((node, at) => {
      const answer = answers[at];
      if (answer === undefined || answer instanceof Error) return [];
      const numbers = readElements(answer[0]!).numbers;
      const largest = numbers.reduce(
        (most, each, index) => (Math.abs(each) > Math.abs(numbers[most]!) ? index : most),
        0,
      );
      const factor = /level 4/.test(node.label) ? 2 : 1.01;
      const fault = [
        changed(answer[0]!, (each, index) => (index === largest ? each * factor : each)),
        ...answer.slice(1),
      ];
      const { wrong } = judged(node, source, fault, answer);
      return wrong[0]?.index === largest ? [] : [node.label];
    });
    expect(missed).toEqual([]);
  });
});
