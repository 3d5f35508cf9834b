import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { addCertify } from "#cli/certify.ts";
import { exitCodeOfError } from "#cli/exit-codes.ts";
import { IsobitError } from "#core/errors.ts";
import { withPreprocess } from "#core/onnx/stated-preprocess.ts";
import { writeModel } from "#core/onnx/write.ts";
import { exactCnn } from "./exact-cnn.ts";
import { Sketch } from "./graphs/sketch.ts";

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isobit-certify-"));
  writeFileSync(at("exact.onnx"), writeModel(exactCnn()));
  writeFileSync(at("scaled.onnx"), writeModel(exactCnn()));
  const scaled = { scale: 1 / 255, mean: [0], std: [1], invert: false };
  writeFileSync(at("stated.onnx"), writeModel(withPreprocess(exactCnn(), scaled)));
  writeFileSync(at("scaled.onnx.json"), JSON.stringify({ scale: 1 / 255 }));
  const sketch = new Sketch();
  const softmax = sketch.node("Softmax", [sketch.node("Relu", ["x"])]);
  writeFileSync(at("softmax.onnx"), writeModel(sketch.model({ name: "x", dims: ["N", 10] }, softmax)));
  const strided = new Sketch();
  const conv = strided.node("Conv", ["x", strided.floats([1], [1, 1, 1, 1]), strided.floats([0])]);
  writeFileSync(at("stride-1.onnx"), writeModel(strided.model({ name: "x", dims: ["N", 1, 4, 4] }, conv)));
  writeFileSync(at("cut.onnx"), writeModel(exactCnn()).subarray(0, 500));
  writeFileSync(at("page.onnx"), "<html></html>");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The command line `isobit certify …`, with its exit code as the program gives it. */
async function certify(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let code = 0;
  let stdout = "";
  let stderr = "";
  const writing = vi
    .spyOn(process.stdout, "write")
    .mockImplementation((chunk) => Boolean((stdout += String(chunk))) || true);
  const warning = vi
    .spyOn(process.stderr, "write")
    .mockImplementation((chunk) => Boolean((stderr += String(chunk))) || true);
  const program = new Command("isobit")
    .exitOverride()
    .configureOutput({ writeErr: (text) => (stderr += text), writeOut: (text) => (stdout += text) });
  addCertify(program, (exitCode) => (code = exitCode));
  program.commands.forEach((command) =>
    command.exitOverride().configureOutput({ writeErr: (text) => (stderr += text) }),
  );
  try {
    await program.parseAsync(["certify", ...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) code = 64;
    else if (error instanceof IsobitError) [code, stderr] = [exitCodeOfError(error), error.message];
    else throw error;
  } finally {
    writing.mockRestore();
    warning.mockRestore();
  }
  return { code, stdout, stderr };
}

describe("isobit certify", () => {
  test("proves a model by its path, on grey levels as they are", async () => {
    const { code, stdout } = await certify(at("exact.onnx"));
    expect(code).toBe(0);
    expect(stdout).toContain("exact.onnx is certified");
    expect(stdout).toContain("integers 0 to 255, never -0");
  });

  test("states which inputs the result covers, and warns if isobit would serve others", async () => {
    const bare = await certify(at("exact.onnx"));
    expect(bare.stdout).toContain(
      "Judged on grey levels 0 to 255 with scale 1, mean 0, std 1: inputs from 0 to 255, integers.",
    );
    expect(bare.stderr).toMatch(/^Warning: isobit serves this model with scale 1\/255, mean 0, std 1, and the result/);
    const asServed = await certify(at("exact.onnx"), "--scale", "1/255");
    expect(asServed.stdout).toContain("inputs from 0 to 1, not on a grid that a proof can use.");
    expect(asServed.stderr).toBe("");
    const power = await certify(at("exact.onnx"), "--scale", "1/256", "--json");
    expect(power.stderr).toMatch(/serve it with scale 1\/256, mean 0, std 1: by MODEL_SCALE/);
    for (const stated of ["digits-exact", at("scaled.onnx"), at("stated.onnx")])
      expect(await certify(stated)).toMatchObject({ stderr: "" });
    expect((await certify(at("scaled.onnx"), "--scale", "1/256")).stdout).toContain(
      "with scale 1/256, mean 0, std 1: inputs from 0 to 0.99609375, multiples of 2^-8.",
    );
    expect((await certify(at("scaled.onnx"), "--scale", "1/256")).stderr).toMatch(
      /serves this model with scale 1\/255/,
    );
  });

  test("takes the preprocessing from the sidecar, and from the options before it", async () => {
    const asServed = await certify(at("scaled.onnx"));
    expect(asServed.code).toBe(1);
    expect(asServed.stdout).toContain("the input itself: with scale 1/255, mean 0, std 1");
    const overridden = await certify(at("scaled.onnx"), "--scale", "1/256");
    expect(overridden.code).toBe(0);
    expect(overridden.stdout).toContain("integers 0 to 255 times 2^-8");
  });

  test("takes what the file itself states of its preprocessing, unless it is overridden", async () => {
    const asServed = await certify(at("stated.onnx"));
    expect(asServed.code).toBe(1);
    expect(asServed.stdout).toBe((await certify(at("scaled.onnx"))).stdout.replaceAll("scaled.onnx", "stated.onnx"));
    expect((await certify(at("stated.onnx"), "--scale", "1")).code).toBe(0);
  });

  test("knows shipped models by their ids, with the preprocessing of the manifest", async () => {
    const { code, stdout } = await certify("digits");
    expect(code).toBe(1);
    expect(stdout).toContain("digits is NOT certified");
    expect(stdout).toContain("the input itself");
    const unscaled = await certify("digits", "--scale", "1");
    expect(unscaled.code).toBe(1);
    expect(unscaled.stdout).toMatch(/It fails at conv1 \(Conv\)/);
  });

  test("speaks JSON", async () => {
    const proof = JSON.parse((await certify(at("exact.onnx"), "--json")).stdout) as Record<string, unknown>;
    expect(proof).toMatchObject({
      model: at("exact.onnx"),
      certified: true,
      anyAlgorithm: true,
      tf32Safe: true,
      inputDomain: "integers 0 to 255",
    });
    expect(proof["nodes"]).toHaveLength(exactCnn().graph.nodes.length);
    const refusal = JSON.parse((await certify(at("scaled.onnx"), "--json")).stdout) as unknown;
    expect(refusal).toMatchObject({ certified: false, firstFailure: { op: "Input" } });
  });

  test("requires every algorithm if requested", async () => {
    expect((await certify(at("stride-1.onnx"))).code).toBe(0);
    const strict = await certify(at("stride-1.onnx"), "--any-algorithm");
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain("It is not exact with every algorithm");
  });

  test("judges a model as it runs: without its Softmax", async () => {
    const { code, stdout } = await certify(at("softmax.onnx"));
    expect(stdout).toContain("Before it runs: The Softmax at the end was cut off");
    expect(code).toBe(0);
  });
});

describe("files that cannot be read, or are not models, end with one sentence", () => {
  test.each([
    ["nowhere.onnx", 64, /nowhere\.onnx is missing/],
    ["cut.onnx", 2, /cut short, damaged or not ONNX/],
    ["page.onnx", 2, /web page/],
    [".", 64, /folder or a device/],
  ])("%s", async (name, expected, sentence) => {
    const { code, stdout, stderr } = await certify(at(name));
    expect([code, stdout]).toEqual([expected, ""]);
    expect(stderr).toMatch(sentence);
  });
});

describe("bad usage ends with 64", () => {
  test.each([
    [[], /missing required argument 'model'/],
    [["a", "b"], /too many arguments/],
    [["a", "--scale", "0"], /number other than 0/],
    [["a", "--scale", "much"], /finite number/],
    [["a", "--std", "0"], /above 0/],
    [["a", "--mean", "1,,2"], /finite number/],
    [["a", "--depth", "3"], /unknown option '--depth'/],
  ])("%j", async (args, sentence) => {
    const { code, stderr } = await certify(...args);
    expect(code).toBe(64);
    expect(stderr).toMatch(sentence);
  });
});
