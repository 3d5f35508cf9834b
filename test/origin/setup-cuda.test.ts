import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bindingFolder } from "#origin/cuda-libraries.ts";
import { isProviderBuilt, RUNTIME_VERSION } from "#origin/session.ts";
import { skippedFor, NVIDIA_GPU } from "../support/missing.ts";

const SCRIPT = join(import.meta.dirname, "..", "..", "origin", "setup-cuda.ts");
const SHARED = "libonnxruntime_providers_shared.so";
const CUDA = "libonnxruntime_providers_cuda.so";
const NOT_BUILT = isProviderBuilt("cuda") ? null : "onnxruntime-node has no CUDA on this platform";

async function setUp(...args: string[]): Promise<{ exitCode: number; said: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { exitCode, said: stdout + stderr };
}

/** A file that looks like the wheel: the libraries in its capi folder, metadata next to it. */
async function wheel(
  path: string,
  { version = RUNTIME_VERSION, files = [SHARED, CUDA], name = "onnxruntime_gpu" } = {},
): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter());
  const add = (entry: string, content: string) =>
    zip.add(entry, new Uint8ArrayReader(new TextEncoder().encode(content)));
  await add("onnxruntime/__init__.py", "");
  for (const file of files) await add(`onnxruntime/capi/${file}`, contentOf(file));
  await add(`${name}-${version}.dist-info/METADATA`, `Name: ${name}\nVersion: ${version}\n`);
  const bytes = await zip.close();
  await writeFile(path, bytes);
  return bytes;
}

const contentOf = (file: string) => `the bytes of ${file} `.repeat(5_000);

let folder: string;
let into: string;
let path: string;
let round = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-cuda-test-"));
});
beforeEach(async () => {
  round += 1;
  into = join(folder, `into-${round}`);
  path = join(folder, `made-${round}.whl`);
  await mkdir(into);
});
afterAll(() => rm(folder, { recursive: true }));

const notRefused = NVIDIA_GPU ?? NOT_BUILT;

describe("setup:cuda on a machine without an NVIDIA GPU", skippedFor(notRefused), () => {
  it("reports it, and changes nothing", async () => {
    const before = await readdir(bindingFolder());
    const { exitCode, said } = await setUp();
    expect(exitCode).toBe(2);
    expect(said).toMatch(/No NVIDIA driver .*Nothing was changed/);
    expect(await readdir(bindingFolder())).toEqual(before);
  });

  it("does not continue with --from alone", async () => {
    await wheel(path);
    expect((await setUp("--from", path, "--into", into)).exitCode).toBe(2);
    expect(await readdir(into)).toEqual([]);
  });
});

const force = (from: string) => setUp("--force", "--from", from, "--into", into);

describe("setup:cuda from what is at hand", skippedFor(NOT_BUILT), () => {
  it("takes the two libraries out of a wheel, says their sizes and what to do next", async () => {
    await wheel(path);
    const { exitCode, said } = await force(path);
    expect(said).toContain(`${CUDA}  ${contentOf(CUDA).length} bytes`);
    expect(said).toContain("Next: ");
    expect(exitCode).toBe(0);
    expect(new Set(await readdir(into))).toEqual(new Set([CUDA, SHARED]));
    for (const file of [SHARED, CUDA]) expect(await readFile(join(into, file), "utf8")).toBe(contentOf(file));
  });

  it("takes them out of a folder", async () => {
    for (const file of [SHARED, CUDA]) await writeFile(join(folder, file), contentOf(file));
    expect(await force(folder)).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(into, CUDA), "utf8")).toBe(contentOf(CUDA));
  });

  it.each([
    ["another version", { version: "1.2.3" }, /1\.2\.3/],
    ["another package", { name: "onnxruntime" }, /onnxruntime .*not onnxruntime_gpu/],
    ["no CUDA provider", { files: [SHARED] }, new RegExp(`does not contain ${CUDA}`)],
  ])("refuses a wheel of %s and puts nothing in place", async (_name, parts, sentence) => {
    await wheel(path, parts);
    const { exitCode, said } = await force(path);
    expect(said).toMatch(sentence);
    expect(exitCode).toBe(2);
    expect(await readdir(into)).toEqual([]);
  });

  it.each([
    ["cut short", (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
    [
      "with damaged content",
      (bytes: Uint8Array) => bytes.with(bytes.length / 2, (bytes[bytes.length / 2] ?? 0) ^ 0xff),
    ],
    ["that is text", () => new TextEncoder().encode("no zip at all")],
  ])("refuses a wheel %s and puts nothing in place", async (_name, spoil) => {
    const bytes = await wheel(path);
    await writeFile(path, spoil(bytes.subarray(0, bytes.length - (bytes.length % 2))));
    const { exitCode, said } = await force(path);
    expect(said).toContain("Nothing was changed");
    expect(exitCode).toBe(2);
    expect(await readdir(into)).toEqual([]);
  });

  it("refuses a folder or file that is not there, or lacks a library", async () => {
    expect(await force(join(folder, "absent"))).toMatchObject({
      exitCode: 64,
      said: expect.stringContaining("does not exist"),
    });
    expect(await force(into)).toMatchObject({ exitCode: 2, said: expect.stringContaining(CUDA) });
  });

  it("calls a wrong use by its name", async () => {
    expect(await setUp("--force")).toMatchObject({ exitCode: 64, said: expect.stringContaining("--from") });
    expect(await setUp("--frm", path)).toMatchObject({ exitCode: 64, said: expect.stringContaining("Usage:") });
  });
});
