import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeModel } from "#core/onnx/write.ts";
import { softmax } from "#core/tensors/softmax.ts";
import { compare } from "#library/compare/compare.ts";
import type { CompareOptions } from "#library/compare/options.ts";
import { floats, linear, model, node, uneven, value } from "../onnx/build.ts";
import { isobit } from "../support/isobit.ts";
import { skippedFor } from "../support/missing.ts";
import { npyBytes } from "../support/npy.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { pythonWith, runPython } from "../support/python.ts";
import { doubling } from "./graphs.ts";

/* Outputs that a Python team saved, as the source "expected". The models double their input, so what is right is known. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-expected-"));
  await writeFile(join(folder, "doubling.onnx"), writeModel(doubling()));
  await file("x.npy", npyBytes("<f4", [2, 3], X));
  await file("y.npy", npyBytes("<f4", [2, 3], Y));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const X = Float32Array.of(1, 2, 3, 0.1, -0.2, 0.3);
const Y = X.map((each) => 2 * each);
const WRONG = Y.with(4, 5);

async function file(name: string, content: Uint8Array | string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const npz = (arrays: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])));

async function compared(options: CompareOptions, name = "doubling.onnx"): ReturnType<typeof compare> {
  return await compare(join(folder, name), { backends: ["CPU"], ...options });
}

const at = (name: string): string => join(folder, name);

describe("saved outputs", () => {
  it.each<[what: string, name: string, content: (y: Float32Array) => Uint8Array | string]>([
    ["an .npy file", "saved.npy", (y) => npyBytes("<f4", [2, 3], y)],
    ["an .npz file named like the output", "saved.npz", (y) => npz({ y: npyBytes("<f4", [2, 3], y) })],
    ["an .npz file that numpy named", "arr.npz", (y) => npz({ arr_0: npyBytes("<f4", [2, 3], y) })],
    ["JSON by name", "named.json", (y) => JSON.stringify({ y: [[...y.subarray(0, 3)], [...y.subarray(3)]] })],
    ["JSON without a name", "bare.json", (y) => JSON.stringify([[...y.subarray(0, 3)], [...y.subarray(3)]])],
    ["an .npy file in float64", "wide.npy", (y) => npyBytes("<f8", [2, 3], Float64Array.from(y))],
  ])("are compared bit by bit from %s", async (_what, name, content) => {
    const expected = [await file(name, content(Y))];
    const { report, notes } = await compared({ inputs: [at("x.npy")], expected });
    expect(report).toMatchObject({ outcome: "IDENTICAL", settings: { options: { expected } } });
    expect(report.pairs).toMatchObject([{ reference: "CPU", other: "expected", compared: 2, identical: 2 }]);
    expect(report.environment.at(-1)).toMatchObject({ source: "expected", device: "saved outputs" });
    expect(notes.join(" ").includes("so its bits are compared")).toBe(/json|wide/.test(name));
    await file(name, content(WRONG));
    const other = await compared({ inputs: [at("x.npy")], expected });
    expect(other.report.pairs[0]).toMatchObject({ verdict: "DRIFT", identical: 1, differingElements: 1 });
  });

  it("in an .npz of inputs are compared, not dropped", async () => {
    const both = await file("xy.npz", npz({ x: npyBytes("<f4", [2, 3], X), y: npyBytes("<f4", [2, 3], WRONG) }));
    const { report } = await compared({ inputs: [both] });
    expect(report).toMatchObject({ outcome: "DRIFT", pairs: [{ other: "expected", compared: 2, identical: 1 }] });
    const others = await file("xz.npz", npz({ x: npyBytes("<f4", [2, 3], X), z: npyBytes("<f4", [2, 3], Y) }));
    const { notes } = await compared({ inputs: [others] });
    expect(notes.join()).toContain('neither an input nor an output of the model, so not read: "z"');
  });

  it("may lie next to arrays that the model does not have: a note names these, as for inputs", async () => {
    const y = npyBytes("<f4", [2, 3], Y);
    const { report, notes } = await compared({
      inputs: [at("x.npy")],
      expected: [await file("yz.npz", npz({ y, z: y }))],
    });
    expect(report.outcome).toBe("IDENTICAL");
    expect(notes.join()).toContain('yz.npz: neither an input nor an output of the model, so not read: "z".');
  });

  it("given apart replace those of the inputs' archive, and a note says so", async () => {
    const both = await file("xy.npz", npz({ x: npyBytes("<f4", [2, 3], X), y: npyBytes("<f4", [2, 3], WRONG) }));
    const { report, notes } = await compared({ inputs: [both], expected: [at("y.npy")] });
    expect(report.outcome).toBe("IDENTICAL");
    expect(notes).toContain(`The outputs in ${both} are not compared, because \`expected\` gives others.`);
  });

  it.each([
    ["empty", new Uint8Array(0), /empty\.npz: It is empty\. Save it again with numpy\.savez\./],
    ["cut", npz({ y: npyBytes("<f4", [2, 3], Y) }).subarray(0, 60), /cut\.npz: It is not a complete .*Copy it again/],
  ])("in an archive that is %s are refused with a remedy", async (name, bytes, sentence) => {
    const path = await file(`${name}.npz`, bytes);
    for (const options of [{ inputs: [at("x.npy")], expected: [path] }, { inputs: [path] }])
      await expect(compared(options)).rejects.toMatchObject({
        code: "INCOMPLETE",
        message: expect.stringMatching(sentence),
      });
  });

  it("with a NaN are named in the table, with what the outcome means and what to do", async () => {
    const args = ["compare", at("doubling.onnx"), "--backends", "CPU", "--inputs", at("x.npy")];
    const nan = [...args, "--expected", await file("nan.npy", npyBytes("<f4", [2, 3], Y.with(1, NaN)))];
    const { code, stdout } = await isobit(nan, { env: NO_VULKAN });
    expect(stdout).toContain("expected against CPU: 1 element is NaN or infinite in at least one of the two.\n");
    expect(stdout).toContain("Saved outputs may come from another runtime, version or machine; --abs, --rel and --ulp");
    expect(code).toBe(1);
    const bounded = await isobit([...nan, "--abs", "1e-3"], { env: NO_VULKAN });
    expect(bounded.stdout).toContain("\nA difference exceeds the tolerance.\n");
    expect(bounded.stdout).not.toContain("set a tolerance");
  });

  it("with another number of rows are refused, one row in the singular", async () => {
    const one = await file("one.npy", npyBytes("<f4", [1, 3], Y.subarray(0, 3)));
    await expect(compared({ inputs: [at("x.npy")], expected: [one] })).rejects.toThrow(
      /: 1 row, but there are 2 inputs\./,
    );
  });

  it("may be the reference, take a tolerance and belong to random inputs", async () => {
    const near = await file("near.npy", npyBytes("<f4", [2, 3], Y.with(0, 2.0000002)));
    const { report } = await compared({
      inputs: [at("x.npy")],
      expected: [near],
      reference: "expected",
      backends: ["CPU", "WASM"],
      tolerance: { ulp: 1 },
    });
    expect(report.pairs.map(({ reference, other, verdict }) => [reference, other, verdict])).toEqual([
      ["expected", "CPU", "WITHIN_TOLERANCE"],
      ["expected", "WASM", "WITHIN_TOLERANCE"],
    ]);
    const random = await compared({ random: 2, expected: [at("y.npy")] });
    expect(random.report).toMatchObject({ outcome: "DRIFT", total: 2 });
  });

  it("are cut with the inputs where a limit is given, and taken whole for a single input", async () => {
    const limited = await compared({ inputs: [at("x.npy")], expected: [at("y.npy")], limit: 1 });
    expect(limited.report).toMatchObject({ outcome: "IDENTICAL", total: 1 });
    const whole = await compared({ inputs: [at("x.npy")], expected: [at("y.npy")], whole: true });
    expect(whole.report).toMatchObject({ outcome: "IDENTICAL", total: 1 });
  });

  it("of some outputs are compared, by name", async () => {
    const two = model({
      inputs: [value("x", ["N", 3])],
      outputs: [value("sum", ["N", 3]), value("not", ["N", 3])],
      nodes: [node("Add", ["x", "x"], ["sum"]), node("Neg", ["x"], ["not"])],
    });
    await file("two.onnx", writeModel(two));
    const inputs = [at("x.npy")];
    const { report } = await compared({ inputs, expected: [`sum=${at("y.npy")}`] }, "two.onnx");
    expect(report).toMatchObject({ outcome: "IDENTICAL", pairs: [{ outputs: [{ output: "sum" }] }] });
    await expect(compared({ inputs, expected: [at("y.npy")] }, "two.onnx")).rejects.toThrow(
      /one array without a name\. Give <output>=.*The model's outputs: "sum", "not"/,
    );
  });

  it("of another type or shape than an undeclared output make no verdict", async () => {
    const { graph, ...rest } = doubling();
    const undeclared = graph.outputs.map((output) => ({ ...output, elementType: null, shape: null, dimNames: [] }));
    await file("undeclared.onnx", writeModel({ ...rest, graph: { ...graph, outputs: undeclared } }));
    const inputs = [at("x.npy")];
    const fits = await compared({ inputs, expected: [at("y.npy")] }, "undeclared.onnx");
    expect(fits.report.outcome).toBe("IDENTICAL");
    const wide = await file("undeclared.npy", npyBytes("<f8", [2, 3], Float64Array.from(Y)));
    const { report } = await compared({ inputs, expected: [wide] }, "undeclared.onnx");
    expect(report.outcome).toBe("INCOMPLETE");
    expect(report.rows[0]?.outputs.at(-1)?.error?.message).toBe(
      'The expected output "y" is float64 [1, 3], but the model gives float32 [1, 3]. Save the output as the model gives it.',
    );
  });

  it("of a whole classifier are compared with its probabilities, those of its logits with these", async () => {
    const classifier = linear(16, { inputs: [value("x", ["N", 1, 4, 4])] }, [node("Softmax", ["logits"], ["y"])]);
    await file("softmax.onnx", writeModel(classifier));
    const inputs = [await file("zeros.npy", npyBytes("<f4", [1, 1, 4, 4], new Float32Array(16)))];
    const logits = Float32Array.of(uneven(0), uneven(1), uneven(2));
    const probabilities = npyBytes("<f4", [1, 3], Float32Array.from(softmax(logits)));
    const bare = [await file("probabilities.npy", probabilities)];
    const tolerance = { abs: 1e-6 };
    const whole = await compared({ inputs, expected: bare, tolerance }, "softmax.onnx");
    expect(whole.report).toMatchObject({ outcome: "WITHIN_TOLERANCE", pairs: [{ outputs: [{ output: "y" }] }] });
    expect(whole.notes.join()).toContain("its final Softmax included");
    const ofLogits = [`logits=${await file("logits.npy", npyBytes("<f4", [1, 3], logits))}`];
    const cut = await compared({ inputs, expected: ofLogits, tolerance }, "softmax.onnx");
    expect(cut.report).toMatchObject({ outcome: "IDENTICAL", pairs: [{ outputs: [{ output: "logits" }] }] });
    const archive = [
      await file("all.npz", npz({ x: npyBytes("<f4", [1, 1, 4, 4], new Float32Array(16)), y: probabilities })),
    ];
    expect((await compared({ inputs: archive, tolerance }, "softmax.onnx")).report.outcome).toBe("WITHIN_TOLERANCE");
  });
});

describe("a model without inputs", () => {
  const constants = (): Uint8Array =>
    writeModel(
      model({
        nodes: [node("MatMul", ["a", "b"], ["product"]), node("Abs", ["a"], ["y"])],
        inputs: [],
        outputs: [value("y", [4, 64]), value("product", [4, 8])],
        weights: [floats("a", [4, 64], uneven), floats("b", [64, 8], uneven)],
      }),
    );
  const right = Float32Array.from({ length: 256 }, (_, index) => Math.abs(Math.fround(uneven(index))));

  it("runs once, and its drift is traced", async () => {
    const { report } = await compare(constants(), { backends: ["CPU", "WASM"] });
    expect(report.rows.map(({ input }) => input)).toEqual(["none"]);
    expect(report.traces.map(({ input, nodes }) => [input, nodes.length])).toEqual([["none", 2]]);
    expect(report.traces[0]?.firstDrift).toMatchObject({ name: "MatMul_product", index: 0 });
  });

  it("is compared with outputs saved alone, in each of their forms", async () => {
    await file("constants.onnx", constants());
    const npy = npyBytes("<f4", [4, 64], right);
    const archive = await file("constants.npz", npz({ y: npy }));
    for (const options of [{ expected: [`y=${await file("constants.npy", npy)}`] }, { inputs: [archive] }]) {
      const { report } = await compared(options, "constants.onnx");
      expect(report.pairs).toMatchObject([{ other: "expected", verdict: "IDENTICAL", compared: 1 }]);
    }
    await file("constants.npy", npyBytes("<f4", [4, 64], right.with(9, 3)));
    const { report } = await compared({ expected: [`y=${at("constants.npy")}`] }, "constants.onnx");
    expect(report.pairs[0]).toMatchObject({ verdict: "DRIFT", differingElements: 1 });
  });
});

describe("outputs that cannot be compared are refused with the array, the reason and the remedy", () => {
  const bytes = (type: string, shape: readonly number[], data: ArrayBufferView) => () => npyBytes(type, shape, data);
  it.each<[what: string, name: string, content: () => Uint8Array | string, words: RegExp]>([
    [
      "fewer bits than the model's",
      "half.npy",
      bytes("<f2", [2, 3], new Uint16Array(6)),
      /the array for the output "y" is float16 \[2, 3\], but the model gives float32 \[N, 3\]\. .*save the output as float32/,
    ],
    [
      "values that are not the model's",
      "tenths.npy",
      bytes("<f8", [2, 3], Float64Array.of(1, 2, 3, 0.1, 5, 6)),
      /"y" is float64 \[2, 3\], .*its element 3 \(0\.1\) is not a float32\. isobit rounds nothing/,
    ],
    [
      "a NaN in another type",
      "nan.npy",
      bytes("<f8", [2, 3], new Float64Array(6).fill(Number.NaN)),
      /element 0 \(NaN\)/,
    ],
    [
      "another shape",
      "wide4.npy",
      bytes("<f4", [2, 4], new Float32Array(8)),
      /"y" is float32 \[2, 4\], which does not fit/,
    ],
    [
      "more rows",
      "more.npy",
      bytes("<f4", [3, 3], new Float32Array(9)),
      /"y" is float32 \[3, 3\]: 3 rows, but there are 2 inputs/,
    ],
    [
      "an unknown name",
      "named.npz",
      () => npz({ logit: npyBytes("<f4", [2, 3], Y) }),
      /it holds no output of the model, only "logit"\. The model's outputs: "y"\./,
    ],
    ["inputs alone", "x.npz", () => npz({ x: npyBytes("<f4", [2, 3], X) }), /it holds no output of the model/],
    ["text that is not JSON", "bad.json", () => "[1, 2", /bad\.json: It is not valid JSON\./],
    ["JSON of Python's NaN", "nan.json", () => "[NaN]", /JSON has no NaN or Infinity; save an \.npy file/],
    [
      "lists of several lengths",
      "ragged.json",
      () => '{"y": [[1, 2, 3], [4, 5]]}',
      /Its value "y" is not a list of numbers/,
    ],
    ["a golden", "golden.json", () => '{"kind": "golden"}', /is a golden, which `against` takes/],
    [
      "another kind of file",
      "y.txt",
      () => "1 2 3",
      /does not hold saved outputs that isobit can read\. Give an \.npy/,
    ],
  ])("%s", async (_what, name, content, words) => {
    const expected = [await file(name, content())];
    await expect(compared({ inputs: [at("x.npy")], expected })).rejects.toMatchObject({
      code: "INCOMPLETE",
      message: expect.stringMatching(words),
    });
  });
});

describe("the command", () => {
  it("takes --expected, and names it where --against is given an array", async () => {
    const run = (...args: readonly string[]) =>
      isobit(["compare", "doubling.onnx", "--backends", "CPU", "--inputs", "x.npy", ...args, "--json"], {
        cwd: folder,
        env: NO_VULKAN,
      });
    expect(await run("--expected", "y.npy")).toMatchObject({ code: 0 });
    expect(await run("--expected", "y=y.npy")).toMatchObject({ code: 0 });
    const { code, stderr } = await run("--against", "y.npy");
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: "y.npy holds arrays, not a golden. Outputs that another program saved are given by --expected.\n",
    });
  });
});

const numpy = await pythonWith("numpy==2.4.6");

describe("docs/goldens.md", skippedFor("missing" in numpy ? numpy.missing : null), () => {
  const python = "python" in numpy ? numpy.python : "";

  it("has a script of at most 15 lines that writes a golden, which --against takes", async () => {
    const docs = await readFile(join(import.meta.dirname, "..", "..", "docs", "goldens.md"), "utf8");
    const script = [...docs.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code!).at(-1)!;
    expect(script.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(15);
    await file("write.py", script.replaceAll('"logits"', '"y"'));
    const golden = async (y: Float32Array): Promise<{ code: number | null; outcome: string }> => {
      await file("today.npy", npyBytes("<f4", [2, 3], y));
      await runPython(python, ["write.py", "doubling.onnx", "x.npy", "today.npy"], { cwd: folder });
      const args = ["compare", "doubling.onnx", "--inputs", "x.npy", "--backends", "CPU", "--against", "golden.json"];
      const { code, stdout, stderr } = await isobit([...args, "--json"], { cwd: folder, env: NO_VULKAN });
      if (stdout === "") throw new Error(stderr);
      return { code, outcome: (JSON.parse(stdout) as { outcome: string }).outcome };
    };
    expect(await golden(Y)).toEqual({ code: 0, outcome: "IDENTICAL" });
    expect(await golden(WRONG)).toEqual({ code: 1, outcome: "DRIFT" });
  });

  it("is right about what numpy writes", async () => {
    const script = [
      "import json, numpy as np",
      "x = np.load('x.npy'); y = x + x",
      "np.savez('xy.npz', x=x, y=y); np.save('y64.npy', y.astype('float64'))",
      "json.dump({'y': y.tolist()}, open('y.json', 'w'))",
    ].join("\n");
    await runPython(python, ["-c", script], { cwd: folder });
    for (const options of [
      { inputs: [at("xy.npz")] },
      { inputs: [at("x.npy")], expected: [at("y64.npy")] },
      { inputs: [at("x.npy")], expected: [at("y.json")] },
    ])
      expect((await compared(options)).report).toMatchObject({ outcome: "IDENTICAL", pairs: [{ compared: 2 }] });
  });
});
