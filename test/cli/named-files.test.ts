import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isobit } from "../support/isobit.ts";

/* A file that the caller names and that cannot be read or written is a usage error, in every command. */

const ROOT = join(import.meta.dirname, "..", "..");
const IMAGES = join(ROOT, "images");
const EXACT = join(ROOT, "models", "digits-exact.onnx");
const ENV = { EDGE_PORT: "0" };
const ON_CPU = ["compare", "digits", "--backends", "CPU"];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-named-"));
  for (const name of ["d", "d.npy", "d.npz", "d.json", "d.onnx", "d.png", "d-idx3-ubyte"])
    await mkdir(join(folder, name));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(
  [
    ["compare", "missing.onnx"],
    ["compare", "d.onnx"],
    [...ON_CPU, "--inputs", "missing.npy"],
    [...ON_CPU, "--inputs", "input=missing.npy"],
    [...ON_CPU, "--expected", "missing.npy"],
    [...ON_CPU, "--expected", "missing.json"],
    [...ON_CPU, "--against", "missing.json"],
    [...ON_CPU, "--against", "d.json"],
    ["parity", "--model", "missing.onnx"],
    ["parity", "--against", "missing.json"],
    ["predict", "missing.png"],
    ["trace", "missing.onnx"],
    ["trace", "--file", "missing.png"],
    ["sweep", "--inputs", "missing"],
    ["sweep", "--images", "1", "--resume", "missing.jsonl"],
    ["certify", "missing.onnx"],
    ["check-certificate", "missing.onnx", "missing.json"],
    ["check-certificate", EXACT, "missing.json"],
    ["exactify", "missing.onnx", "--calibrate", IMAGES],
    ["exactify", "digits", "--calibrate", "missing"],
    ["exactify", "digits", "--calibrate", IMAGES, "--labelled", "missing"],
    ["import-paragon", "missing.json", "-o", "x.onnx"],
    ["setup-cuda", "--force", "--from", "missing"],
  ].map((args) => [args] as const),
)("isobit %j: 64 for what cannot be read", async (args) => {
  const { code, stdout, stderr } = await isobit(args, { cwd: folder, env: ENV });
  expect(stderr).toMatch(/(missing|d)[\w.-]*:? .*(is missing|does not exist|cannot be|is a folder)/i);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
});

test.each(["MODEL", "MODEL_JSON"])("isobit start: 64 where %s names no file", async (name) => {
  const { code, stderr } = await isobit(["start"], {
    cwd: folder,
    env: { ...ENV, ORIGIN_PORT: "0", [name]: "missing" },
  });
  expect(stderr).toContain("missing is missing. Check the path.");
  expect(code).toBe(64);
});

/* Node's recursive mkdir never returns for a folder below /proc. */
test.each(
  [
    ["compare", "digits", "--out", "/proc/x"],
    ["compare", "digits", "--save", "/proc/x/golden.json"],
    ["compare", "digits", "--out", EXACT],
    ["parity", "--out", "/proc/x"],
    ["sweep", "--images", "1", "--out", "/proc/x"],
    ["certify", "digits-exact", "-o", "/proc/x/certified.onnx"],
    ["exactify", "digits", "--calibrate", IMAGES, "-o", "/proc/x/exact.onnx"],
    ["import-paragon", "--placeholder", "-o", "/proc/x/model.json"],
  ].map((args) => [args] as const),
)("isobit %j: 64 for what cannot be written, before the run", async (args) => {
  const { code, stdout, stderr } = await isobit(args, { cwd: folder, env: ENV });
  expect(stderr).toMatch(/^.* cannot be written \(.*\)\. (Choose|Give) another (file|folder) with --?\w+\.\n$/);
  expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
});

test("a check of what can be written leaves nothing behind", async () => {
  const before = await readdir(folder);
  const args = ["compare", "missing.onnx", "--save", "new/golden.json", "--out", "new/reports"];
  expect(await isobit(args, { cwd: folder })).toMatchObject({ code: 64 });
  expect(await readdir(folder)).toEqual(before);
});
