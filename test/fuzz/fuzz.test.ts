import { afterAll, beforeAll, expect, it } from "vitest";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { showFailure } from "./failure.ts";
import { fuzz } from "./fuzz.ts";

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack({ env: NO_VULKAN });
});
afterAll(() => stack?.stop());

it("does not crash, hang or answer INTERNAL on mutated requests and files", async () => {
  const { requests, failures } = await fuzz(stack, 1_000, 7);
  expect(requests).toEqual({ faces: 700, onnx: 200, paragon: 100 });
  expect(failures.map(showFailure)).toEqual([]);
});
