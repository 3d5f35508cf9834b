import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { zipSync } from "fflate";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { floatsOf } from "#core/tensors/bits.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { argmax } from "#core/tensors/softmax.ts";
import { isError, isPeer, type SweptOutput } from "#library/sweep/swept-row.ts";
import { pixelsOf, readMnist } from "../../images/mnist.ts";
import { ask, base64 } from "../support/graphql.ts";
import { isobit } from "../support/isobit.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";
import { lasting, newFolder, readResults, summaryIn } from "./sweeps.ts";

/* Sweeps over a real edge and a real origin. */

let stack: SharedStack;
let folder: string;

beforeAll(async () => {
  stack = await sharedStack();
});

beforeEach(async () => {
  folder = await newFolder();
});

afterEach(() => rm(folder, { recursive: true }));

function sweep(...args: string[]): ReturnType<typeof isobit> {
  return isobit(["sweep", "--url", stack.edgeUrl, "--backends", "WASM,CPU", "--out", folder, ...args]);
}

describe("what it finds", () => {
  const FIELDS = `reference other verdict quantity precision compared identical labelMismatches differingElements
    nonFiniteElements maxAbs meanAbs l2 maxUlp worstImage
    statistics {
      elements finiteElements zeroReferenceElements cosineSimilarity psnr snr klDivergence quantileError
      abs { max mean std median quantiles { q value } }
      rel { max mean std median quantiles { q value } }
      ulp { max mean std median quantiles { q value } }
      worst { image element reference other }
      referenceValues { min max mean std meanMagnitude }
      otherValues { min max mean std meanMagnitude }
      topK { k agreement }
      ulpHistogram { from to elements }
    }`;

  test("is what one parity query says of the same 200 images, to the last bit", async () => {
    const { code, stdout } = await sweep("--model", "digits", "--limit", "200", "--batch", "33", "--json");
    const summary = summaryIn(stdout);
    const mnist = await readMnist("test");
    const inputs = Array.from({ length: 200 }, (_, index) => ({ pixels: base64(pixelsOf(mnist, index)) }));
    const { body } = await ask(
      stack.edgeUrl,
      `query ($inputs: [ImageInput!]) { parity(inputs: $inputs, backends: [WASM, CPU], model: "digits") { pairs { ${FIELDS} } } }`,
      { inputs },
    );
    const [expected] = body.data.parity.pairs;
    const { worst, ...statistics } = expected.statistics;
    const place = (image: string): string => image.replace("input:", "t10k-images-idx3-ubyte:");
    const { image, ...element } = worst;
    expect(summary.pairs).toEqual([
      {
        ...expected,
        worstImage: place(expected.worstImage),
        statistics: { ...statistics, worst: { input: place(image), ...element } },
      },
    ]);
    expect(code).toBe(1);
    expect(summary.images).toBe(200);
    expect(summary.rate).toBeGreaterThan(0);
    expect(summary.accuracy).toEqual([
      { source: "WASM", labelled: 200, correct: 200, accuracy: 1 },
      { source: "CPU", labelled: 200, correct: 200, accuracy: 1 },
    ]);
  });

  test("does not depend on how many images are asked at once", async () => {
    const some = ["--model", "digits", "--limit", "60", "--json"];
    const [one, many] = [await sweep(...some, "--batch", "7"), await sweep(...some, "--batch", "60")];
    expect(lasting(summaryIn(many.stdout))).toEqual(lasting(summaryIn(one.stdout)));
  });

  test("is in sweep.jsonl, one line per image, with bits, hashes and labels that fit each other", async () => {
    await sweep("--model", "digits", "--limit", "50", "--batch", "20");
    const { header, rows } = await readResults(folder);
    const mnist = await readMnist("test");
    expect(header).toMatchObject({
      format: "isobit-sweep",
      version: 1,
      model: { id: "digits" },
      dataSet: { images: 50 },
      reference: "CPU",
      sources: [{ source: "WASM" }, { source: "CPU" }],
    });
    expect(rows.map(({ index, expected }) => [index, expected])).toEqual(
      Array.from({ length: 50 }, (_, index) => [index, mnist.labels[index]]),
    );
    for (const { outputs, pairs, inputSha256 } of rows) {
      expect(inputSha256).toMatch(/^[0-9a-f]{64}$/);
      expect(pairs).toMatchObject([{ reference: "CPU", other: "WASM" }]);
      for (const output of Object.values(outputs)) expectWhole(output);
      const [left, right] = [outputs["WASM"], outputs["CPU"]].map((output) => (output as { bits: string }).bits);
      expect(pairs[0]!.verdict).toBe(left === right ? "IDENTICAL" : "DRIFT");
    }
  });

  function expectWhole(output: SweptOutput): void {
    if (isError(output) || isPeer(output)) throw new Error("a backend answered nothing");
    const bytes = Buffer.from(output.bits, "base64");
    expect(sha256Hex(bytes)).toBe(output.logitsSha256);
    expect(argmax(floatsOf(bytes))).toBe(output.classIndex);
  }

  test("is in every report, whose rows are the worst alone", async () => {
    await sweep("--model", "digits", "--limit", "100", "--report", "all");
    const report = JSON.parse(await readFile(join(folder, "parity_report.json"), "utf8"));
    const schema = JSON.parse(await readFile("docs/parity_report.schema.json", "utf8")) as object;
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "date-time": true } });
    const isValid = ajv.compile(schema);
    expect(isValid(report), JSON.stringify(isValid.errors)).toBe(true);
    expect(report).toMatchObject({ kind: "sweep", total: 100, pairs: [{ compared: 100 }] });
    expect(report.rows).toHaveLength(20);
    const { rows } = await readResults(folder);
    const ulps = rows.map(({ pairs }) => pairs[0]!.maxUlp!).toSorted((left, right) => right - left);
    const shown: number[] = report.rows.map((row: { pairs: { maxUlp: number }[] }) => row.pairs[0]!.maxUlp);
    expect(shown.toSorted((left, right) => right - left)).toEqual(ulps.slice(0, 20));
    const worst = report.rows.find((row: { input: string }) => row.input === report.pairs[0].worstInput);
    expect(Buffer.from(worst.picture, "base64").subarray(1, 4).toString()).toBe("PNG");
    for (const file of ["parity_summary.csv", "parity_junit.xml", "parity_report.md", "parity_report.html"])
      expect((await readFile(join(folder, file), "utf8")).length).toBeGreaterThan(100);
  });
});

describe("exit codes", () => {
  test("0: the exact model, the default", async () => {
    const { code, stdout } = await sweep("--limit", "40");
    expect(stdout).toMatch(/^WASM against CPU {2}IDENTICAL {3}40 of 40 /m);
    expect(code).toBe(0);
  });

  test("0: the same within a tolerance", async () => {
    const { code, stdout } = await sweep("--model", "digits", "--limit", "40", "--abs", "1e-3", "--json");
    expect(summaryIn(stdout)).toMatchObject({ verdict: "WITHIN_TOLERANCE", outcome: "WITHIN_TOLERANCE" });
    expect(code).toBe(0);
  });

  test("2: one backend alone has nothing to be compared with", async () => {
    const { code, stdout } = await isobit([
      "sweep",
      "--url",
      stack.edgeUrl,
      "--backends",
      "CPU",
      "--limit",
      "5",
      "--out",
      folder,
    ]);
    expect(stdout).toContain("Only CPU ran.");
    expect(code).toBe(2);
  });

  test("2: no server answers", async () => {
    const { code, stderr } = await sweep("--url", "http://127.0.0.1:9", "--limit", "5");
    expect(stderr).toContain("http://127.0.0.1:9 cannot be reached");
    expect(code).toBe(2);
  });

  test.each([
    [["--model", "nope"], 'No model is called "nope". Served: digits-exact, digits.'],
    [["--peer", "nope"], 'No peer is called "nope".'],
    [["--inputs", "a", "--random", "3"], "inputs and random are different inputs"],
    [["--batch", "20000"], "--batch is 20000; one request takes at most"],
    [["--model", "./models/digits.onnx"], "Omit the address to start a temporary stack."],
    [["--out", "package.json/below"], "Choose another folder with --out."],
  ])("64: %j", async (args, sentence) => {
    const { code, stdout, stderr } = await sweep("--limit", "3", ...args);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });
});

describe("data sets", () => {
  test("a folder of images, labelled by its subfolders, one of which cannot be read", async () => {
    const set = join(folder, "set");
    for (const digit of ["3", "7"]) {
      await mkdir(join(set, digit), { recursive: true });
      await copyFile(join("images", `${digit}.png`), join(set, digit, "a.png"));
    }
    await writeFile(join(set, "7", "broken.png"), "no image");
    const { code, stdout } = await sweep("--inputs", set, "--json");
    expect(code).toBe(2);
    expect(summaryIn(stdout)).toMatchObject({
      images: 3,
      failures: 1,
      verdict: "INCOMPLETE",
      accuracy: [{ source: "WASM", labelled: 2, correct: 2 }, { source: "CPU" }],
    });
    const { rows } = await readResults(folder);
    expect(rows.map(({ id, expected }) => [id, expected])).toEqual([
      [join("3", "a.png"), 3],
      [join("7", "a.png"), 7],
      [join("7", "broken.png"), 7],
    ]);
    expect(rows[2]).toMatchObject({ inputSha256: null, outputs: { CPU: { error: { code: "UNSUPPORTED_IMAGE" } } } });
  });

  test("an .npz file in Keras's form, with the same answers as the same images in IDX", async () => {
    const mnist = await readMnist("test");
    const pixels = mnist.pixels.subarray(0, 30 * 28 * 28);
    const file = join(folder, "mnist.npz");
    const arrays = {
      "x_train.npy": npy("|u1", [1, 28, 28], pixels.subarray(0, 784)),
      "x_test.npy": npy("|u1", [30, 28, 28], pixels),
      "y_test.npy": npy("|u1", [30], mnist.labels.subarray(0, 30)),
    };
    await writeFile(file, zipSync(arrays));
    const { code } = await sweep("--model", "digits", "--inputs", file);
    const fromArrays = await readResults(folder);
    await sweep("--model", "digits", "--limit", "30");
    const fromIdx = await readResults(folder);
    const answers = ({ rows }: typeof fromIdx): unknown =>
      rows.map(({ expected, inputSha256, outputs }) => ({ expected, inputSha256, outputs }));
    expect(answers(fromArrays)).toEqual(answers(fromIdx));
    expect(code).toBe(1);
  });

  test("an .npy file of input tensors", async () => {
    const floats = Float32Array.from({ length: 4 * 784 }, (_, index) => (index % 256) / 255);
    const file = join(folder, "x.npy");
    await writeFile(file, npy("<f4", [4, 1, 28, 28], new Uint8Array(floats.buffer)));
    const { stdout } = await sweep("--inputs", file, "--json");
    expect(summaryIn(stdout)).toMatchObject({ images: 4, failures: 0, accuracy: [], pairs: [{ compared: 4 }] });
    const { rows } = await readResults(folder);
    expect(rows[2]!.inputSha256).toBe(sha256Hex(new Uint8Array(floats.buffer.slice(2 * 3136, 3 * 3136))));
  });

  test("an array of another size is refused, and says what fits", async () => {
    const file = join(folder, "x.npy");
    await writeFile(file, npy("|u1", [2, 32, 32], new Uint8Array(2048)));
    const { code, stderr } = await sweep("--inputs", file);
    expect(stderr).toContain("its images are uint8 [2, 32, 32], but digits-exact takes uint8 [N, 28, 28]");
    expect(code).toBe(2);
  });

  test("built-in digits and random images", async () => {
    expect(summaryIn((await sweep("--images", "3,7", "--json")).stdout)).toMatchObject({ images: 2, failures: 0 });
    expect(summaryIn((await sweep("--random", "12", "--json")).stdout)).toMatchObject({ images: 12, failures: 0 });
  });

  function npy(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array {
    const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
    const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
    const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length % 256, header.length >> 8]);
    return Buffer.concat([start, Buffer.from(header), data]);
  }
});
