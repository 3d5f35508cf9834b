import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readModel } from "#core/onnx/read.ts";
import { isobit } from "../support/isobit.ts";
import { dense } from "./models.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const MIB = 1024 * 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-import-"));
  await writeFile(join(folder, "model.json"), JSON.stringify(dense("elu")));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => isobit(["import-paragon", ...args], { cwd: folder });
const sha256 = async (file: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(join(folder, file)))
    .digest("hex");

describe("isobit import-paragon", () => {
  test("writes ONNX and says what it holds and what it cannot say", async () => {
    const { code, stdout } = await run("model.json", "-o", "model.onnx");
    expect(code).toBe(0);
    expect(stdout).toContain("layer 1  32 x 1 = 32 neurons, 25088 weights");
    expect(stdout).toMatch(/Every sum keeps its listed order/);
    expect(stdout).toMatch(/elu: ONNX has no form of it/);
    expect(stdout).toContain(await sha256("model.onnx"));
    expect(readModel(await readFile(join(folder, "model.onnx"))).graph.nodes.map(({ op }) => op)).toContain("Scan");
  });

  test("gives the same bytes each time, and as JSON what it made", async () => {
    const [first, second] = [
      await run("model.json", "-o", "a.onnx"),
      await run("model.json", "-o", "b.onnx", "--json"),
    ];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(await sha256("a.onnx")).toBe(await sha256("b.onnx"));
    expect(JSON.parse(second.stdout)).toMatchObject({
      output: "b.onnx",
      sums: "listed",
      sha256: await sha256("b.onnx"),
      layers: [{ width: 28 }, { activations: ["elu"] }, { activations: ["softmax"] }],
    });
  });

  test("writes Gemms where it is asked to", async () => {
    expect((await run("model.json", "-o", "gemm.onnx", "--sums", "matmul")).code).toBe(0);
    const ops = readModel(await readFile(join(folder, "gemm.onnx"))).graph.nodes.map(({ op }) => op);
    expect(ops).toContain("Gemm");
    expect(ops).not.toContain("Scan");
  });

  test("refuses with a sentence and its exit code", async () => {
    expect(await run("missing.json", "-o", "x.onnx")).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/missing\.json: It is missing/),
    });
    expect(await run("-o", "x.onnx")).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/Give the model's JSON file/),
    });
    expect(await run("model.json")).toMatchObject({ code: 64, stderr: expect.stringMatching(/--output/) });
    expect(await run("model.json", "--seed", "1", "-o", "x")).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/--placeholder only/),
    });
    expect(await run("model.json", "--placeholder", "-o", "x")).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/Leave out the model/),
    });
    expect(await run("model.json", "-o", "no/such/folder/x.onnx")).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/cannot be written/),
    });
  });
});

describe("the placeholder model", () => {
  test("is the same for the same seed and another for another", async () => {
    for (const [seed, file] of [
      ["7", "p7.json"],
      ["7", "p7again.json"],
      ["8", "p8.json"],
    ] as const) {
      expect((await run("--placeholder", "--seed", seed, "-o", file)).code).toBe(0);
    }
    expect(await sha256("p7.json")).toBe(await sha256("p7again.json"));
    expect(await sha256("p7.json")).not.toBe(await sha256("p8.json"));
    const { layers } = JSON.parse(await readFile(join(folder, "p7.json"), "utf8")) as ReturnType<typeof dense>;
    const weights = layers.flatMap(({ n }) => n.flat().flatMap((neuron) => neuron.in.map(({ w }) => w)));
    expect(layers.map(({ w, h }) => w * h)).toEqual([784, 256, 10]);
    expect(Math.min(...weights.slice(0, 50_000))).toBeLessThan(-0.99);
    expect(weights.every((weight) => weight >= -1 && weight < 1)).toBe(true);
  });

  test("indented to over 21 MB it is imported by a process whose heap is 48 MiB", async () => {
    await run("--placeholder", "-o", "compact.json");
    const indented = join(folder, "indented.json");
    await writeFile(
      indented,
      JSON.stringify(JSON.parse(await readFile(join(folder, "compact.json"), "utf8")), null, 2),
    );
    expect((await stat(indented)).size).toBeGreaterThan(21e6);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "--max-old-space-size=48",
        join(ROOT, "cli", "main.ts"),
        "import-paragon",
        indented,
        "-o",
        join(folder, "p.onnx"),
      ],
      { maxBuffer: MIB },
    );
    expect(stdout).toContain("layer 1  256 x 1 = 256 neurons, 200704 weights");
    await run("compact.json", "-o", "compact.onnx");
    expect(await sha256("p.onnx")).toBe(await sha256("compact.onnx"));
  });
});
