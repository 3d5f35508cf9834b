import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readElements } from "#core/tensors/read-elements.ts";
import { skippedFor } from "../support/missing.ts";
import { ask, countOf } from "./ask.ts";
import { oneNode, runAlone } from "./one-node.ts";
import { generator, operatorCases } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

const EMULATOR = ["qemu-x86_64", "-cpu", "Haswell", process.execPath];
const TIMEOUT_MS = 120_000;

/** An x64 processor with AVX2 and without VNNI, where this one may have it. */
const noEmulator = spawnSync(EMULATOR[0]!, ["--version"]).status === 0 ? null : "install Debian's qemu-user";

const saturatingPair = (a: number, b: number, c: number, d: number): number =>
  Math.min(Math.max(a * b + c * d, -32768), 32767);

describe("MatMulInteger", () => {
  const k = 4;
  const bytes = fc.tuple(
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: k, maxLength: k }),
    fc.array(fc.integer({ min: -128, max: 127 }), { minLength: k, maxLength: k }),
    fc.integer({ min: 0, max: 255 }),
  );

  test("a sum of pairs clamped to int16 is saturation, any other is wrong", () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 1000 }), ([left, right, zero], off) => {
        const exact = left.reduce((sum, a, at) => sum + (a - zero) * right[at]!, 0);
        const clamped =
          saturatingPair(left[0]!, right[0]!, left[1]!, right[1]!) +
          saturatingPair(left[2]!, right[2]!, left[3]!, right[3]!);
        const saturated = clamped - zero * right.reduce((sum, each) => sum + each, 0);
        const each = oneNode("MatMulInteger", [
          tensor("uint8", [1, k], left),
          tensor("int8", [k, 1], right),
          tensor("uint8", [], [zero]),
        ]);
        const give = (sum: number) => [tensor("int32", [1, 1], [sum])];
        const explanation = ask(each, give(exact), give(saturated), ["CPU", "CPU"]);
        if (saturated === exact) expect(explanation).toBeNull();
        else expect(explanation?.causes).toEqual([{ cause: "INT8_SATURATION", elements: 1 }]);
        if (exact + off === saturated) return;
        const wrong = ask(each, give(exact), give(exact + off), ["CPU", "CPU"]);
        expect(wrong?.wrong).toEqual([{ side: "other", elements: 1, index: 0, value: exact + off, exact, bound: 0 }]);
      }),
    );
  });

  test("factors of one sign do not clamp, so that a clamped sum of them is wrong", () => {
    const each = oneNode("MatMulInteger", [tensor("uint8", [1, 2], [255, 255]), tensor("uint8", [2, 1], [255, 255])]);
    const explanation = ask(each, [tensor("int32", [1, 1], [130050])], [tensor("int32", [1, 1], [32767])]);
    expect(explanation?.cause).toBe("WRONG_RESULT");
  });
});

describe("saturation is believed only of a side whose whole output bears it out", () => {
  const [m, k, n] = [6, 64, 40];
  const random = generator(5);
  const left = Array.from({ length: m * k }, () => Math.floor(256 * random()));
  const right = Array.from({ length: k * n }, () => Math.floor(256 * random()) - 128);
  const each = oneNode("MatMulInteger", [tensor("uint8", [m, k], left), tensor("int8", [k, n], right)]);
  const sumsOf = (add: (a: number, b: number, c: number, d: number) => number): number[] =>
    Array.from({ length: m * n }, (_, index) => {
      const [row, column] = [Math.floor(index / n), index % n];
      let sum = 0;
      for (let at = 0; at < k; at += 2) {
        const [first, second] = [at, at + 1].map((place) => [left[row * k + place]!, right[place * n + column]!]);
        sum += add(first![0]!, first![1]!, second![0]!, second![1]!);
      }
      return sum;
    });
  const give = (numbers: readonly number[]) => [tensor("int32", [m, n], numbers)];
  const exact = sumsOf((a, b, c, d) => a * b + c * d);
  const clamped = sumsOf(saturatingPair);
  const moved = exact.flatMap((sum, at) => (sum === clamped[at] ? [] : [at]));

  test("every sum is clamped", () => {
    expect(moved.length).toBeGreaterThan(20);
    const explanation = ask(each, give(exact), give(clamped));
    expect(explanation?.causes).toEqual([{ cause: "INT8_SATURATION", elements: moved.length }]);
  });

  test("one sum has the value of a clamped one, the others are exact: a wrong result", () => {
    const other = exact.with(moved[3]!, clamped[moved[3]!]!);
    expect(ask(each, give(exact), give(other))?.causes).toEqual([{ cause: "WRONG_RESULT", elements: 1 }]);
  });

  test("every sum is clamped and one is off: the fault leads", () => {
    const other = clamped.with(moved[3]!, 12_345);
    const explanation = ask(each, give(exact), give(other));
    expect(explanation?.cause).toBe("WRONG_RESULT");
    expect(countOf(explanation, "INT8_SATURATION")).toBe(moved.length - 1);
  });
});

test(
  "every sum that a processor without VNNI clamps is explained",
  { ...skippedFor(noEmulator), timeout: TIMEOUT_MS },
  () => {
    const cases = operatorCases(2).filter(({ node: { op } }) => /Integer|QLinear|QGemm/.test(op));
    const modern = runAlone(cases, { provider: "cpu" });
    const old = runAlone(cases, { provider: "cpu" }, EMULATOR);
    let saturated = 0;
    for (const [at, each] of cases.entries()) {
      const [left, right] = [modern[at]!, old[at]!];
      if (left instanceof Error || right instanceof Error) throw new Error(`${each.label} did not run`);
      const explanation = ask(each, left, right, ["CPU", "CPU"]);
      expect([each.label, explanation?.unexplainedElements ?? 0, countOf(explanation, "WRONG_RESULT")]).toEqual([
        each.label,
        0,
        0,
      ]);
      saturated += countOf(explanation, "INT8_SATURATION");
    }
    // Where this processor has no VNNI either, the two are the same.
    const differ = cases.some((_, at) => (old[at] as never[])[0] !== undefined && saturated > 0);
    expect(differ || !hasVnni()).toBe(true);
  },
);

function hasVnni(): boolean {
  return spawnSync("grep", ["-c", "vnni", "/proc/cpuinfo"]).status === 0;
}

test("a QuantizeLinear one step off is wrong, unless the quotient lies at a tie", () => {
  const input = tensor("float32", [2], [1.2, 0.25]);
  const each = oneNode("QuantizeLinear", [input, tensor("float32", [], [0.1]), tensor("uint8", [], [10])]);
  const give = (...numbers: readonly number[]) => [tensor("uint8", [2], numbers)];
  // 0.25 / float32(0.1) is a little below 2.5.
  expect(readElements(input).numbers[1]).toBe(0.25);
  expect(ask(each, give(22, 12), give(23, 12))?.cause).toBe("WRONG_RESULT");
  expect(ask(each, give(22, 12), give(22, 13))?.cause).toBe("UNEXPLAINED");
  expect(ask(each, give(22, 12), give(22, 14))?.cause).toBe("WRONG_RESULT");
});
