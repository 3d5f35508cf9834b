/**
 * Matchers for vitest that compare tensors bit by bit, and an assertion that a model gives the same bits on every runtime.
 * Importing this module installs the matchers:
 *
 * ```ts
 * import { expect, test } from "vitest";
 * import { expectSameEverywhere } from "isobit/vitest";
 *
 * test("the logits are those that were saved", async () => {
 *   expect((await session.run(feeds)).logits).toHaveSameBits(saved);
 * });
 *
 * test("the model gives the same bits on CPU and WASM", { timeout: 60_000 }, async () => {
 *   await expectSameEverywhere("model.onnx", { backends: ["CPU", "WASM"] });
 * });
 * ```
 * @module
 */
import { expect } from "vitest";
import {
  type AnyTensor,
  compareTensors,
  type CompareTensorsOptions,
  type DifferingElement,
  type TensorComparison,
} from "#core/index.ts";
import { givenPair } from "#core/tensors/given-tensor.ts";
import { ulpMeaning } from "#core/verdicts/ulp-meaning.ts";
import { compare, type CompareOptions } from "./index.ts";
import { passes } from "./report/reason.ts";
import type { RunReport } from "./report/run-report.ts";
import { verdictText } from "./report/verdict-text.ts";

export type { AnyTensor, RuntimeTensor } from "#core/index.ts";

declare module "vitest" {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /**
     * Every bit is equal, and so are type and dims: -0 and +0 differ, and so do two NaNs with other payloads.
     * @param expected a typed array or a tensor `{ type, dims, data }`; a typed array alone takes the type and shape of a
     *   tensor that it is compared with
     */
    toHaveSameBits(expected: AnyTensor): R;
    /**
     * Each element is equal in every bit or finite and within this many steps between neighbouring values of its type.
     * Integers are computed exactly, so they must be equal.
     * @param expected as for `toHaveSameBits`
     * @param ulp 0 or more
     */
    toBeWithinUlp(expected: AnyTensor, ulp: number): R;
  }
}

expect.extend({
  toHaveSameBits: (received: AnyTensor, expected: AnyTensor) => judged(expected, received, "in every bit"),
  toBeWithinUlp: (received: AnyTensor, expected: AnyTensor, ulp: number) =>
    judged(expected, received, `within ${ulp} ULP`, { tolerance: { ulp } }),
});

interface Judgement {
  readonly pass: boolean;
  message(): string;
}

function judged(expected: AnyTensor, received: AnyTensor, wanted: string, options?: CompareTensorsOptions): Judgement {
  const comparison = compareTensors(expected, received, options);
  const pass = comparison.verdict !== "DRIFT";
  return {
    pass,
    message: () =>
      pass
        ? `expected the tensors to differ, but they are equal ${wanted}`
        : failureText(comparison, wanted, givenPair(expected, received)[0].type),
  };
}

function failureText(comparison: TensorComparison, wanted: string, type: string): string {
  const { sameShape, elements, differingElements, beyondTolerance, first, worst } = comparison;
  if (!sameShape || first === null || worst === null) {
    return `expected the tensors to be equal ${wanted}, but their types or dims differ`;
  }
  const beyond = beyondTolerance === differingElements ? "" : `, ${beyondTolerance} of them by more`;
  return [
    `expected the tensors to be equal ${wanted}, but ${differingElements} of ${elements} elements differ${beyond}`,
    `first, ${elementText(first, type)}`,
    ...(worst.index === first.index ? [] : [`worst, ${elementText(worst, type)}`]),
  ].join("\n");
}

function elementText({ index, reference, other, ulp }: DifferingElement, type: string): string {
  const values = { reference: Number(reference.value), other: Number(other.value) };
  const meaning = ulpMeaning(type, ulp, values);
  const distance = ulp === null ? "" : `, ${ulp} ULP apart${meaning === null ? "" : ` (${meaning})`}`;
  return `element ${index}: expected ${shown(reference)}, received ${shown(other)}${distance}`;
}

function shown({ value, bits }: DifferingElement["reference"]): string {
  return `${Object.is(value, -0) ? "-0" : value} (${bits})`;
}

/**
 * Runs a model on several runtimes and fails the test with the verdict's sentence unless they agree: in every bit or, if
 * `options` give a tolerance, within it. A runtime that cannot run here, where it leaves nothing to compare, fails too.
 * Each runtime starts in its own process, so give the test more time than vitest's 5 s.
 * @param models a model as `compare` takes it: its path, its bytes or the id of a shipped one; two are compared node by node
 * @param options those of `compare`. Default: every backend that can run here
 * @returns the report, for further assertions
 * @throws Error with the verdict, the elements that differ and the node where the difference begins
 * @throws IsobitError as `compare` does
 * @example
 * ```ts
 * test("digits-exact", { timeout: 60_000 }, async () => {
 *   const { total } = await expectSameEverywhere("digits-exact", { backends: ["CPU", "WASM"] });
 *   expect(total).toBe(10);
 * });
 * ```
 */
export async function expectSameEverywhere(
  models: Parameters<typeof compare>[0],
  options?: CompareOptions,
): Promise<RunReport> {
  const { report } = await compare(models, options);
  if (!passes(report.outcome)) throw new Error(verdictText(report));
  return report;
}
