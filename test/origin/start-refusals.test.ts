import { createServer } from "node:http";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeModel } from "#core/onnx/write.ts";
import { linear, node } from "../onnx/build.ts";
import { NO_VULKAN, runOriginToItsEnd } from "../support/origin.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-start-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function refusedWith(env: Record<string, string>): Promise<string> {
  const { exitCode, logs } = await runOriginToItsEnd({ env: { ...NO_VULKAN, ...env } });
  expect(exitCode).toBe(1);
  expect(logs.trimEnd().split("\n"), "one sentence, no stack").toHaveLength(1);
  return logs;
}

it("stops on a bad value with a sentence that names it", async () => {
  expect(await refusedWith({ ORIGIN_PORT: "eighty" })).toContain('ORIGIN_PORT is "eighty"');
});

it("stops on a taken port with a sentence that names it", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  expect(await refusedWith({ ORIGIN_PORT: String(port) })).toContain(`Port ${port} is taken`);
  other.close();
});

it("stops on a host that is not this machine's", async () => {
  // 192.0.2.0/24 is kept for documentation, so no machine has it.
  expect(await refusedWith({ ORIGIN_HOST: "192.0.2.1" })).toContain("ORIGIN_HOST 192.0.2.1");
});

it("stops on a model with an operator that ONNX Runtime does not know, naming file and operator", async () => {
  const path = join(folder, "fancy.onnx");
  await writeFile(path, writeModel(linear(16, {}, [node("Frobnicate", ["logits"], ["y"])])));
  const sentence = await refusedWith({ MODEL: path });
  expect(sentence).toContain(path);
  expect(sentence).toContain("Frobnicate");
});

it("stops on a model that is not ONNX", async () => {
  const path = join(folder, "notes.onnx");
  await writeFile(path, "These are my notes about digits.");
  expect(await refusedWith({ MODEL: path })).toContain(path);
});

it("stops on a model that is not there", async () => {
  const path = join(folder, "absent.onnx");
  expect(await refusedWith({ MODEL: path })).toContain(path);
});
