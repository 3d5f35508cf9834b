import { afterAll, beforeAll, expect, it } from "vitest";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";

/*
 * Predictions that are asked at once may share a run of the session, and their bits must not show it.
 */

const QUERY = `query ($pixels: Bytes!, $backend: Backend!, $model: ID!) {
  rawLogits(input: { pixels: $pixels }, backend: $backend, model: $model) { bits sha256 inputSha256 }
}`;
const IMAGES = 96;

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack({ env: NO_VULKAN });
});
afterAll(() => stack.stop());

function pixels(seed: number): string {
  return Buffer.from(Uint8Array.from({ length: 784 }, (_, at) => (at * at * 7 + at * 31 + seed * 101) % 256)).toString(
    "base64",
  );
}

async function logits(url: string, backend: string, model: string, seed: number): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: QUERY, variables: { pixels: pixels(seed), backend, model } }),
  });
  const { data, errors } = (await response.json()) as { data: { rawLogits: unknown }; errors?: unknown };
  expect(errors).toBeUndefined();
  return data.rawLogits;
}

const SEEDS = Array.from({ length: IMAGES }, (_, seed) => seed);

it.each([
  ["digits-exact", "WASM", "edge"],
  ["digits-exact", "CPU", "origin"],
  ["digits-exact", "CPU", "edge"],
  ["digits-exact", "WASM", "origin"],
  ["digits", "WASM", "edge"],
  ["digits", "CPU", "origin"],
])("%s on %s, asked of the %s by many at once, has the bits that each has alone", async (model, backend, side) => {
  const url = side === "edge" ? stack.edgeUrl : stack.originUrl;
  const alone: unknown[] = [];
  for (const seed of SEEDS) alone.push(await logits(url, backend, model, seed));
  expect(new Set(alone.map((each) => JSON.stringify(each))).size).toBe(IMAGES);
  const atOnce = await Promise.all(SEEDS.map((seed) => logits(url, backend, model, seed)));
  expect(atOnce).toEqual(alone);
});
