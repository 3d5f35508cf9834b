import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startParagonServer, type TestServer } from "../peers/paragon-server.ts";
import { ask } from "../support/graphql.ts";
import { isobit } from "../support/isobit.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { lasting, newFolder, readResults, summaryIn } from "./sweeps.ts";

/* A second isobit, which gives bits, and a Paragon-shaped service, which gives text, swept next to WASM and CPU. */

let second: RunningOrigin;
let paragon: TestServer;
let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  folder = await newFolder();
  [second, paragon] = await Promise.all([startOrigin({ env: NO_VULKAN }), startParagonServer({ decimals: 6 })]);
  const peers = `go=paragon+${paragon.url},iso=oip+${second.url}/v2/models/digits`;
  stack = await startStack({ env: { ...NO_VULKAN, PEERS: peers } });
});

afterAll(async () => {
  await Promise.all([stack?.stop(), second?.stop(), paragon?.stop()]);
  await rm(folder, { recursive: true });
});

test("what is said of them is what one parity query says, and so it is after a resume", async () => {
  const images = "0,1,2,3,4,5,6,7,8,9";
  const args = ["sweep", "--url", stack.edgeUrl, "--backends", "WASM,CPU", "--peer", "go,iso", "--model", "digits"];
  const options = ["--images", images, "--batch", "4", "--json", "--report", "all", "--out", folder];
  const { stdout, stderr, code } = await isobit([...args, ...options]);
  const summary = summaryIn(stdout);
  const { body } = await ask(
    stack.edgeUrl,
    `query ($images: [ID!]) { parity(images: $images, backends: [WASM, CPU], peers: ["go", "iso"], model: "digits") {
      pairs { reference other verdict quantity precision compared identical labelMismatches differingElements
        nonFiniteElements maxAbs meanAbs l2 maxUlp worstImage statistics { elements } }
      rows { pairs { other verdict labelsMatch differingElements nonFiniteElements maxAbs meanAbs l2 maxUlp } }
    } }`,
    { images: images.split(",") },
  );
  const { pairs, rows } = body.data.parity;
  expect(summary.pairs.map(({ statistics, ...pair }) => ({ ...pair, elements: statistics?.elements }))).toEqual(
    pairs.map(({ statistics, ...pair }: { statistics: { elements: number } | null }) => {
      return { ...pair, elements: statistics?.elements };
    }),
  );
  expect(summary.pairs.map(({ other, precision }) => [other, precision])).toEqual([
    ["WASM", "BITS"],
    ["go", "DECIMAL"],
    ["iso", "BITS"],
  ]);
  expect((await readResults(folder)).rows).toMatchObject(rows);
  expect(summary.accuracy.map(({ source, labelled }) => [source, labelled])).toEqual(
    ["WASM", "CPU", "go", "iso"].map((source) => [source, 10]),
  );
  expect(code, stderr).toBe(1);
  const resumed = await isobit([...args, ...options, "--resume", join(folder, "sweep.jsonl")]);
  expect(lasting(summaryIn(resumed.stdout))).toEqual(lasting(summary));
});
