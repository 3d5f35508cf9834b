import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunReport } from "#library/report/run-report.ts";
import { decodeModel, encodeModel, TensorProto } from "#core/onnx/protobuf.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { softmax } from "#core/tensors/softmax.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";
import { linear, node, uneven } from "../onnx/build.ts";
import { type Ended, isobit, startIsobit } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { doubling, lenetLike, manyTypes, mixingRows, withOneWeightChanged } from "./graphs.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-compare-"));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function written(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

interface Compared extends Ended {
  readonly report: RunReport;
}

/** Runs the command, for which there is no WEBGPU, and reads the report that it prints. */
function compare(...args: readonly string[]): Promise<Compared> {
  return compareWith(NO_VULKAN, args);
}

async function compareWith(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<Compared> {
  const ended = await isobit(["compare", ...args, "--json", "--out", folder], { env });
  if (ended.stdout === "") throw new Error(`it printed no report: ${ended.stderr}`);
  return { ...ended, report: JSON.parse(ended.stdout) as RunReport };
}

function verdicts({ pairs }: RunReport): Record<string, string> {
  return Object.fromEntries(pairs.map(({ reference, other, verdict }) => [`${reference} : ${other}`, verdict]));
}

describe("a model across backends", () => {
  it("drifts between WASM and CPU where it is a float one, says where it begins, and takes a tolerance", async () => {
    const { report, code } = await compare("digits", "--backends", "WASM,CPU", "--images", "7");
    expect(code).toBe(1);
    expect(report).toMatchObject({ kind: "compare", verdict: "DRIFT", outcome: "DRIFT", reference: "CPU", total: 1 });
    expect(report.traces).toHaveLength(1);
    expect(report.traces[0]).toMatchObject({
      reference: "CPU",
      other: "WASM",
      input: "7",
      outcome: "DRIFT",
      firstDrift: { name: "conv1" },
    });
    expect(report.environment.find(({ source }) => source === "WASM")).toMatchObject({
      runtime: "onnxruntime-web",
      device: "Node's V8",
      side: null,
      optimizationLevel: "extended",
    });
    const [row] = report.rows;
    expect(row?.expected).toBe(7);
    expect(row?.picture).toMatch(/^iVBORw0KGgo/);
    expect(row?.outputs.map(({ source, prediction }) => [source, prediction?.label])).toEqual([
      ["WASM", "7"],
      ["CPU", "7"],
    ]);
    expect(report.pairs[0]?.outputs[0]?.statistics?.elements).toBe(10);
    const loose = await compare("digits", "--backends", "WASM,CPU", "--images", "7", "--abs", "1e-4", "--no-trace");
    expect(loose.code).toBe(0);
    expect(loose.report).toMatchObject({ outcome: "WITHIN_TOLERANCE", traces: [] });
  });

  it("agrees in every bit on a certified one", async () => {
    const { report } = await compare("digits-exact", "--backends", "WASM,CPU");
    expect(report.outcome).toBe("IDENTICAL");
    expect(report.pairs[0]).toMatchObject({ compared: 10, identical: 10, labelMismatches: 0 });
  });

  it("writes the report files, and says so on stderr alone", async () => {
    const out = join(folder, "reports");
    const { stdout, stderr, code } = await isobit([
      "compare",
      "digits-exact",
      "--backends",
      "WASM,CPU",
      "--report",
      "all",
      "--out",
      out,
    ]);
    expect(code).toBe(0);
    expect((await readdir(out)).toSorted()).toContain("parity_report.json");
    expect(stderr).toMatch(/^Wrote /);
    expect(stdout).toMatch(/Outcome: IDENTICAL: every bit is the same\.\n$/);
  });
});

describe("a backend with itself", () => {
  it("finds that CPU's level all drifts from extended on a model with convolutions, and no other setting does", async () => {
    const { report, code } = await compare(
      "digits",
      "--levels",
      "--threads",
      "1,2",
      "--batch",
      "1,2,8",
      "--repeats",
      "2",
      "--sessions",
      "2",
    );
    expect(code).toBe(1);
    expect(verdicts(report)).toEqual({
      "CPU : CPU level=disabled": "IDENTICAL",
      "CPU : CPU level=basic": "IDENTICAL",
      "CPU : CPU level=all": "DRIFT",
      "CPU : CPU threads=1": "IDENTICAL",
      "CPU : CPU threads=2": "IDENTICAL",
      "CPU : CPU batch=2": "IDENTICAL",
      "CPU : CPU batch=8": "IDENTICAL",
      "CPU : CPU session 2": "IDENTICAL",
      "CPU : CPU run 2": "IDENTICAL",
    });
    expect(report.traces).toEqual([]);
    expect(report.environment.find(({ source }) => source === "CPU threads=2")?.threads).toBe(2);
    expect(report.settings.options).toMatchObject({ threads: [1, 2], batch: [1, 2, 8], repeats: 2 });
  });

  it("traces a backend against itself where it is asked to", async () => {
    const { report } = await compare("digits", "--levels", "all", "--images", "7", "--trace");
    expect(report.traces[0]).toMatchObject({ reference: "CPU", other: "CPU level=all" });
  });

  it("sees that an input's answer depends on its batch", async () => {
    const model = await written("mixing.onnx", writeModel(mixingRows()));
    const { report, code } = await compare(model, "--batch", "1,2", "--random", "3");
    expect(code).toBe(1);
    expect(verdicts(report)).toEqual({ "CPU : CPU batch=2": "DRIFT" });
    // The third input fills its batch with itself, so only there the mean is the row.
    expect(report.rows.map(({ pairs }) => pairs[0]?.verdict)).toEqual(["DRIFT", "DRIFT", "IDENTICAL"]);
  });

  it("says why a model takes no batches, and claims nothing", async () => {
    const fixed = doubling();
    const [input] = fixed.graph.inputs;
    const graph = { ...fixed.graph, inputs: [{ ...input!, shape: [1, 3], dimNames: [null, null] }] };
    const model = await written("fixed.onnx", writeModel({ ...fixed, graph }));
    const { report, code } = await compare(model, "--batch", "8", "--random", "2");
    expect(code).toBe(2);
    expect(report.environment.find(({ source }) => source === "CPU batch=8")).toMatchObject({
      available: false,
      reason: expect.stringContaining("its first dimension is not dynamic"),
    });
  });
});

describe("two models", () => {
  it("names the layer in which one weight was changed, and calls the result wrong, at any tolerance", async () => {
    const original = readModel(await readFile("models/digits.onnx"));
    const twin = await written("twin.onnx", writeModel(withOneWeightChanged(original, "conv2.weight", 5, 0.5)));
    const { report, code } = await compare("models/digits.onnx", twin, "--abs", "1000");
    expect(code).toBe(3);
    expect(report).toMatchObject({ verdict: "WITHIN_TOLERANCE", outcome: "WRONG_RESULT" });
    expect(report.models.map(({ id }) => id)).toEqual(["digits", "twin"]);
    const [trace] = report.traces;
    expect(trace).toMatchObject({
      reference: "CPU digits",
      other: "CPU twin",
      weightsDiffer: ["conv2"],
      firstDrift: { name: "conv2", cause: "WRONG_RESULT" },
    });
    expect(trace?.nodes.filter(({ bornElements }) => (bornElements ?? 0) > 0).map(({ name }) => name)).toEqual([
      "conv2",
    ]);
  });

  it("finds the changed weight even where no output shows it", async () => {
    const original = readModel(await readFile("models/digits.onnx"));
    const twin = await written("hidden.onnx", writeModel(withOneWeightChanged(original, "conv2.weight", 5, 0.5)));
    const { report, code } = await compare("models/digits.onnx", twin, "--images", "0");
    expect(report.pairs[0]?.differingElements).toBe(0);
    expect(report.traces[0]).toMatchObject({ input: "0", weightsDiffer: ["conv2"] });
    expect(code).toBe(3);
  });

  it("is identical with itself", async () => {
    const { report, code } = await compare("models/digits.onnx", "digits", "--images", "7");
    expect(code).toBe(0);
    expect(report.outcome).toBe("IDENTICAL");
    expect(report.traces[0]?.weightsDiffer).toEqual([]);
  });

  it("feeds two classifiers the same images, each in its own way", async () => {
    const { report } = await compare("digits", "digits-exact", "--images", "3,7");
    expect(report.pairs[0]).toMatchObject({ verdict: "DRIFT", labelMismatches: 0, compared: 2 });
    expect(report.traces).toEqual([]);
  });

  it("refuses sweeps", async () => {
    const { code, stderr } = await isobit(["compare", "digits", "digits-exact", "--levels"]);
    expect({ code, stderr }).toMatchObject({ code: 64, stderr: expect.stringContaining("varied on one model") });
  });
});

const noWebgpu = webgpuMissing();

describe("WEBGPU on a software adapter", skippedFor(noWebgpu), () => {
  const compareAll = (...args: readonly string[]): Promise<Compared> => compareWith({}, args);

  it("is called wrong, not drifting, where it computes a stride-1 5x5 convolution wrongly", async () => {
    const model = await written("lenet.onnx", writeModel(lenetLike()));
    const { report, code } = await compareAll(model, "--backends", "CPU,WEBGPU", "--images", "3,7", "--abs", "1e9");
    expect(code).toBe(3);
    expect(report).toMatchObject({ verdict: "WITHIN_TOLERANCE", outcome: "WRONG_RESULT" });
    const wrong = report.traces.flatMap(({ nodes }) => nodes).filter(({ cause }) => cause === "WRONG_RESULT");
    expect(wrong.map(({ name }) => name)).toEqual(["Conv_c2"]);
    expect(wrong[0]?.explanation?.wrong.map(({ side }) => side)).toEqual(["other"]);
  });

  it("is compared by default, and is left out from a model that it cannot run whole", async () => {
    const { report } = await compareAll("digits-exact", "--images", "7");
    expect(verdicts(report)).toMatchObject({ "CPU : WASM": "IDENTICAL", "CPU : WEBGPU": "IDENTICAL" });
    const model = await written("many-webgpu.onnx", writeModel(manyTypes()));
    const stepped = await compareAll(model, "--random", "1", "--no-trace");
    expect(verdicts(stepped.report)).toEqual({ "CPU : WASM": expect.any(String) });
    expect(stepped.report.environment.find(({ source }) => source === "WEBGPU")).toMatchObject({ available: false });
    expect(stepped.report.outcome).not.toBe("INCOMPLETE");
  });
});

describe("a model that is not a classifier of images", () => {
  it("takes several inputs and gives several outputs of any type", async () => {
    const model = await written("many.onnx", writeModel(manyTypes()));
    const { report } = await compare(model, "--backends", "CPU,WASM", "--dim", "seq=5", "--random", "3");
    const byOutput = Object.fromEntries(report.pairs[0]!.outputs.map(({ output, verdict }) => [output, verdict]));
    expect(byOutput).toEqual({
      embedded: "DRIFT",
      kept: "IDENTICAL",
      doubled: "IDENTICAL",
      squared: "IDENTICAL",
      not: "IDENTICAL",
    });
    const tensors = report.rows[0]!.outputs[0]!.tensors;
    expect(tensors.map(({ type, dims }) => [type, dims])).toEqual([
      ["float32", [1, 5, 8]],
      ["int64", [1, 5]],
      ["float16", [1, 4]],
      ["float64", []],
      ["bool", [1, 5]],
    ]);
    expect(report.models[0]?.labels).toBeNull();
    expect(report.rows[0]?.outputs[0]?.prediction).toBeNull();
    const own = await compare(
      model,
      "--backends",
      "CPU,WASM",
      "--dim",
      "seq=5",
      "--random",
      "3",
      "--tolerance",
      "embedded:ulp=8",
      "--no-trace",
    );
    expect({ code: own.code, outcome: own.report.outcome }).toEqual({ code: 0, outcome: "WITHIN_TOLERANCE" });
  });

  it("keeps its weights in another file", async () => {
    const whole = writeModel(lenetLike());
    const message = decodeModel(whole);
    const weight = message.graph?.initializer?.find(({ name }) => name === "w3");
    if (!weight?.rawData) throw new Error("w3 is not in the model");
    await writeFile(join(folder, "w3.bin"), new Uint8Array([0, 0, 0, 0, ...weight.rawData]));
    weight.rawData = new Uint8Array();
    weight.dataLocation = 1;
    weight.externalData = [
      { key: "location", value: "w3.bin" },
      { key: "offset", value: "4" },
    ];
    const model = await written("external.onnx", encodeModel(message));
    const { report } = await compare(await written("inside.onnx", whole), model, "--images", "7");
    expect(report).toMatchObject({ outcome: "IDENTICAL", traces: [{ weightsDiffer: [] }] });
    await rm(join(folder, "w3.bin"));
    expect(await isobit(["compare", model], { env: NO_VULKAN })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/"w3\.bin", which is missing/),
    });
  });

  it("keeps a final Softmax where a data set expects its probabilities", async () => {
    // A classifier of 4x4 images, which runs up to its logits wherever nothing else is asked.
    const model = await written("softmax.onnx", writeModel(linear(16, {}, [node("Softmax", ["logits"], ["y"])])));
    const set = join(folder, "probabilities", "test_data_set_0");
    await mkdir(set, { recursive: true });
    await writeFile(
      join(set, "input_0.pb"),
      tensorFile(
        [1, 1, 4, 4],
        Array.from({ length: 16 }, () => 0),
      ),
    );
    await writeFile(
      join(set, "output_0.pb"),
      tensorFile([1, 3], softmax(Float32Array.of(uneven(0), uneven(1), uneven(2)))),
    );
    const { report, code } = await compare(
      model,
      "--inputs",
      join(folder, "probabilities"),
      "--backends",
      "CPU",
      "--abs",
      "1e-6",
    );
    expect(code).toBe(0);
    expect(report.pairs[0]).toMatchObject({ other: "expected", compared: 1 });
    const asServed = await compare(model, "--backends", "CPU,WASM", "--random", "1", "--no-trace");
    expect(asServed.report.rows[0]?.outputs[0]?.tensors[0]?.name).toBe("logits");
  });

  it("is compared with what ONNX's test data expects", async () => {
    const model = await written("doubling.onnx", writeModel(doubling()));
    const set = join(folder, "test_data_set_0");
    await mkdir(set);
    await writeFile(join(set, "input_0.pb"), tensorFile([1, 3], [1, 2, 3]));
    await writeFile(join(set, "output_0.pb"), tensorFile([1, 3], [2, 4, 6.000001]));
    const { report, code } = await compare(model, "--inputs", set, "--backends", "CPU");
    expect(code).toBe(1);
    expect(report.pairs[0]).toMatchObject({ reference: "CPU", other: "expected", differingElements: 1 });
    expect(
      (await compare(model, "--inputs", set, "--backends", "CPU,WASM", "--reference", "expected", "--ulp", "4")).report,
    ).toMatchObject({
      outcome: "WITHIN_TOLERANCE",
      reference: "expected",
      pairs: [{ other: "CPU" }, { other: "WASM" }],
    });
  });
});

/** A float32 tensor as ONNX's test data has it. */
function tensorFile(dims: number[], numbers: readonly number[]): Uint8Array {
  const rawData = new Uint8Array(Float32Array.from(numbers).buffer);
  return TensorProto.encode({ dataType: 1, dims, rawData }).finish();
}

describe("on another day", () => {
  it("replays a golden, with one backend alone", async () => {
    const golden = join(folder, "golden.json");
    await compare("digits", "--images", "7", "--backends", "CPU,WASM", "--no-trace", "--save", golden);
    const { report, code } = await compare("digits", "--images", "7", "--backends", "WASM", "--against", golden);
    expect({ code, verdicts: verdicts(report) }).toEqual({ code: 0, verdicts: { "golden:WASM : WASM": "IDENTICAL" } });
  });
});

describe("what cannot be compared", () => {
  it.each([
    [["/no/such/model.onnx"], 64, /\/no\/such\/model\.onnx is missing\. .*digits-exact/],
    [["package.json"], 2, /package\.json/],
    [["digits", "--backends", "TPU"], 64, /Known backends/],
    [["digits", "--reference", "GPU", "--backends", "CPU,WASM"], 64, /not one of the sources: CPU, WASM/],
    [["digits", "--tolerance", "nowhere:abs=1"], 64, /output "nowhere"/],
    [["digits", "digits", "digits"], 64, /one model or two, not 3/],
    [["digits", "--inputs", "/no/such/folder"], 64, /\/no\/such\/folder is missing/],
    [[], 64, /missing required argument/],
  ] as const)("%j: exit %i", async (args, code, sentence) => {
    const ended = await isobit(["compare", ...args], { env: NO_VULKAN });
    expect(ended.stderr).toMatch(sentence);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toBe("");
  });

  it("names what no runtime can run, and what has no bits to compare", async () => {
    const unknown = doubling();
    const foreign = await written(
      "foreign.onnx",
      writeModel({ ...unknown, graph: { ...unknown.graph, nodes: [node("Fly", ["x"], ["y"])] } }),
    );
    const flown = await isobit(["compare", foreign], { env: NO_VULKAN });
    expect(flown).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/Nothing ran\. CPU failed: .*Fly/),
    });
    const strings = await written("strings.onnx", writeModel(doubling("string")));
    expect(await isobit(["compare", strings], { env: NO_VULKAN })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/input "x" is string \[N, 3\], which isobit cannot feed/),
    });
  });

  it("claims nothing of a single source, or where a backend that was asked for is not there", async () => {
    const alone = await compare("digits", "--backends", "CPU", "--images", "7");
    expect({ code: alone.code, outcome: alone.report.outcome }).toEqual({ code: 2, outcome: "INCOMPLETE" });
    const { report, code } = await compare("digits-exact", "--backends", "CPU,CUDA", "--images", "7");
    const cuda = report.environment.find(({ source }) => source === "CUDA")!;
    expect(code).toBe(cuda.available ? 0 : 2);
    if (!cuda.available) expect(cuda.reason).toMatch(/CUDA is not available: .*run the command again/);
  });
});

describe("its processes", () => {
  it("end with it, also when it is interrupted", async () => {
    const running = startIsobit([
      "compare",
      "digits",
      "--backends",
      "CPU,WASM",
      "--random",
      "100000",
      "--no-trace",
      "--out",
      folder,
    ]);
    let children: number[] = [];
    while (children.length < 2) children = await childrenOf(running.pid);
    running.signal("SIGINT");
    const { code, stderr, stdout } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/Stopped before a result was available/);
    expect(children.filter(isAlive)).toEqual([]);
  });

  it("end when it is killed", async () => {
    const running = startIsobit([
      "compare",
      "digits",
      "--backends",
      "CPU,WASM",
      "--random",
      "100000",
      "--no-trace",
      "--out",
      folder,
    ]);
    let children: number[] = [];
    while (children.length < 2) children = await childrenOf(running.pid);
    running.signal("SIGKILL");
    await running.ended;
    await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });
});

/** Linux: the processes that this one has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return tasks
    .trim()
    .split(" ")
    .filter((text) => text !== "")
    .map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
