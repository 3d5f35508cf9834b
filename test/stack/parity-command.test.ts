import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sha256Hex } from "#core/tensors/sha256.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { isobit } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { startStack, type RunningStack } from "../support/stack.ts";

/* The scripted parity query against a real edge and a real origin, with the float model, whose bits differ. */

let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  stack = await startStack({ env: NO_VULKAN });
});

afterAll(() => stack?.stop());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-parity-"));
});

afterEach(() => rm(folder, { recursive: true }));

/** Of the float model unless `--model` says otherwise. */
function parity(...args: string[]): ReturnType<typeof isobit> {
  return isobit(["parity", "--url", stack.edgeUrl, "--model", "digits", "--out", folder, ...args]);
}

async function writtenReport(): Promise<RunReport> {
  return JSON.parse(await readFile(join(folder, "parity_report.json"), "utf8"));
}

async function writtenRows(): Promise<Record<string, string>[]> {
  return parse(await readFile(join(folder, "parity_summary.csv")), { columns: true });
}

describe("exit codes", () => {
  test("1: the float model drifts between WASM and CPU, and every bit of it is visible", async () => {
    const { code, stdout } = await parity("--backends", "WASM,CPU");
    expect(stdout).toMatch(
      /^image +CPU +WASM +verdict +max \|delta\| +max ULP +CPU ms(?: \(mean\))? +WASM ms \(mean\)$/m,
    );
    expect(stdout).toMatch(/^WASM against CPU: DRIFT; 10 of 10 images compared/m);
    expect(stdout).toContain("\nOutcome: DRIFT: bits differ.\n");
    expect(code).toBe(1);
    const [pair] = (await writtenReport()).pairs;
    expect(pair).toMatchObject({ reference: "CPU", other: "WASM", verdict: "DRIFT", compared: 10, labelMismatches: 0 });
    expect(pair?.maxAbs).toBeGreaterThan(0);
    expect(pair?.maxAbs).toBeLessThan(1e-3);
  });

  test("0: the exact model, the default, is the same in every bit", async () => {
    const { code, stdout } = await isobit([
      "parity",
      "--url",
      stack.edgeUrl,
      "--backends",
      "WASM,CPU",
      "--out",
      folder,
    ]);
    expect(stdout).toMatch(/^WASM against CPU: IDENTICAL; 10 of 10 images compared/m);
    expect(code).toBe(0);
    expect(await writtenReport()).toMatchObject({
      models: [{ id: "digits-exact" }],
      certificateViolations: [],
    });
  });

  test("0: the same within a tolerance", async () => {
    const { code, stdout } = await parity("--backends", "WASM,CPU", "--abs", "1e-3");
    expect(stdout).toContain("\nOutcome: WITHIN_TOLERANCE: ");
    expect(code).toBe(0);
  });

  test("2: one backend alone has nothing to be compared with", async () => {
    const { code, stdout } = await parity("--backends", "CPU");
    expect(stdout).toContain("Only CPU ran.");
    expect(code).toBe(2);
  });

  test("64: an image that does not exist, and nothing is written", async () => {
    const { code, stdout, stderr } = await parity("--backends", "WASM,CPU", "--images", "3,nope");
    expect(stderr).toBe('No image is called "nope". Built in: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.\n');
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("2: a backend that this machine does not have, with the reason", async () => {
    const { code, stdout } = await parity("--backends", "CPU,CUDA", "--images", "3");
    const available = (
      await stack
        .origin()
        .graphql<{ health: { backends: { backend: string; available: boolean }[] } }>(
          "{ health { backends { backend available } } }",
        )
    ).data.health.backends.find(({ backend }) => backend === "CUDA")?.available;
    if (available) return expect([0, 1]).toContain(code);
    expect(stdout).toMatch(/^BACKEND_UNAVAILABLE: no answer of CUDA for every image$/m);
    expect(code).toBe(2);
  });

  test("64: a model that is not served", async () => {
    const { code, stdout, stderr } = await parity("--model", "nope");
    expect(stderr).toBe(
      'No model is called "nope". Served: digits-exact, digits. For your own model, give its path.\n',
    );
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("64: a folder that cannot be written to", async () => {
    const { code, stderr } = await parity("--images", "3", "--out", join(import.meta.filename, "below-a-file"));
    expect(stderr).toMatch(/The report cannot be written .*--out/);
    expect(code).toBe(64);
  });
});

describe("files", () => {
  test("parity_report.json is the whole report, logits as bits", async () => {
    const { stderr } = await parity("--backends", "WASM,CPU", "--images", "7");
    expect(stderr).toContain(join(folder, "parity_report.json"));
    const report = await writtenReport();
    expect(report).toMatchObject({ version: 1, verdict: "DRIFT", reference: "CPU", total: 1 });
    const [row] = report.rows;
    expect(row?.expected).toBe(7);
    for (const { prediction, tensors } of row!.outputs) {
      const [logits] = tensors;
      const bytes = Buffer.from(logits!.bits!, "base64");
      expect(logits).toMatchObject({ name: "logits", type: "float32", dims: [10], sha256: sha256Hex(bytes) });
      const values = Array.from({ length: 10 }, (_, index) => bytes.readFloatLE(index * 4));
      expect(values.indexOf(Math.max(...values))).toBe(7);
      expect(prediction!.label).toBe("7");
    }
  });

  test("parity_report.json holds statistics of all logits, and the worst image itself", async () => {
    await parity("--backends", "WASM,CPU");
    const { pairs, rows } = await writtenReport();
    const { outputs, maxAbs, maxUlp, worstInput } = pairs[0]!;
    expect(outputs[0]?.statistics).toMatchObject({
      elements: 100,
      finiteElements: 100,
      abs: { max: maxAbs },
      ulp: { max: maxUlp },
      topK: [1, 3, 5].map((k) => ({ k, agreement: 1 })),
      quantileError: 0,
    });
    const images = rows.filter(({ picture }) => picture !== null);
    expect(images.map(({ input }) => input)).toEqual([worstInput]);
    const served = await readFile(join(import.meta.dirname, "..", "..", "images", `${worstInput}.png`));
    expect(Buffer.from(images[0]!.picture!, "base64").equals(served)).toBe(true);
  });

  test("every format on request", async () => {
    await parity("--backends", "WASM,CPU", "--images", "3", "--report", "all");
    expect(await readdir(folder)).toHaveLength(5);
    expect(await readFile(join(folder, "parity_report.md"), "utf8")).toMatch(/^### ❌ isobit parity: DRIFT\n/);
    expect(await readFile(join(folder, "parity_junit.xml"), "utf8")).toContain('failures="1"');
  });

  test("parity_summary.csv has a row for each of the ten digits", async () => {
    await parity("--backends", "WASM,CPU");
    const rows = await writtenRows();
    expect(rows.map(({ image, cpu_pred, gpu_pred, match }) => [image, cpu_pred, gpu_pred, match])).toEqual(
      Array.from({ length: 10 }, (_, digit) => [String(digit), String(digit), String(digit), "true"]),
    );
    const { rows: reported } = await writtenReport();
    expect(rows.map(({ logit_max_abs }) => Number(logit_max_abs))).toEqual(
      reported.map(({ pairs }) => pairs[0]!.maxAbs),
    );
  });

  test("go to the current folder unless told otherwise", async () => {
    await isobit(["parity", "--url", stack.edgeUrl, "--images", "3"], { cwd: folder });
    expect((await readdir(folder)).toSorted()).toEqual(["parity_report.json", "parity_summary.csv"]);
  });
});

describe("goldens", () => {
  test("a second run gives the same bits; another model is refused with 2, and nothing is written", async () => {
    const golden = join(folder, "golden.json");
    const save = await parity("--backends", "WASM,CPU", "--images", "3,7", "--save", golden);
    expect(save.stderr).toContain(golden);
    expect(save.code).toBe(1);
    const again = await parity("--backends", "WASM,CPU", "--images", "3,7", "--against", golden);
    expect(again.stdout).toMatch(/^WASM against golden:WASM: IDENTICAL; 2 of 2 images compared, 2 equal in every bit/m);
    expect(again.stdout).toMatch(/^CPU against golden:CPU: IDENTICAL;/m);
    expect(again.code).toBe(0);
    const other = join(folder, "other");
    const exact = ["--model", "digits-exact", "--images", "3,7", "--against", golden, "--out", other];
    const refused = await isobit(["parity", "--url", stack.edgeUrl, ...exact]);
    expect(refused.stderr).toMatch(/^Cannot compare with this golden: WASM ran model digits .* then and digits-exact/m);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: "" });
    expect(await readdir(folder)).not.toContain("other");
  });

  test("a changed bit is drift", async () => {
    const golden = join(folder, "golden.json");
    await parity("--backends", "WASM,CPU", "--images", "3", "--save", golden);
    const report = await writtenReport();
    const [wasm, cpu] = report.rows[0]!.outputs.map(({ tensors }) => tensors[0]!);
    // What the CPU gave stands for what the WASM of another day gave.
    const text = (await readFile(golden, "utf8")).replace(wasm!.bits!, cpu!.bits!).replace(wasm!.sha256, cpu!.sha256);
    await writeFile(golden, text);
    const { code, stdout } = await parity("--backends", "WASM,CPU", "--images", "3", "--against", golden);
    expect(stdout).toMatch(/^WASM against golden:WASM: DRIFT; 1 of 1 image compared, 0 equal in every bit/m);
    expect(stdout).toMatch(/Bits are not those of the golden that was saved at 2/);
    expect(code).toBe(1);
  });
});

test("--json prints the report and nothing else", async () => {
  const { code, stdout } = await parity("--backends", "WASM,CPU", "--images", "3,7", "--json");
  expect(JSON.parse(stdout)).toEqual(await writtenReport());
  expect(code).toBe(1);
});

test("--verbose prints every probability, and they sum to 1", async () => {
  const { stdout } = await parity("--backends", "WASM,CPU", "--images", "7", "--verbose");
  const lines = stdout.split("\n");
  const start = lines.findIndex((line) => /^image 7 +p\(WASM\) +p\(CPU\)$/.test(line));
  const columns = lines.slice(start + 1, start + 11).map((line) => line.trim().split(/ +/).map(Number));
  expect(columns.map(([digit]) => digit)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const column of [1, 2]) expect(columns.reduce((sum, row) => sum + row[column]!, 0)).toBeCloseTo(1, 12);
});

test("the reference can be chosen, and the origin answers the same request", async () => {
  const request = ["--model", "digits", "--backends", "WASM,CPU", "--reference", "WASM", "--out", folder, "--url"];
  const { stdout } = await isobit(["parity", ...request, stack.originUrl]);
  expect(stdout).toMatch(/^CPU against WASM: DRIFT;/m);
});

test("with the origin down the verdict is INCOMPLETE with the reason; with it back all is as before", async () => {
  await stack.killOrigin();
  const down = await parity("--images", "3,7").finally(() => stack.startOrigin());
  expect(down.stdout).toMatch(/^3 +- +3 +INCOMPLETE /m);
  expect(down.code).toBe(2);
  expect((await writtenReport()).verdict).toBe("INCOMPLETE");
  expect(down.stdout).toMatch(
    /^ORIGIN_UNREACHABLE: no answer of CPU for every image\n.*cannot be reached.*`isobit start`.*\.\n +Try again once/m,
  );
  const back = await parity("--backends", "WASM,CPU", "--images", "3,7");
  expect(back.code).toBe(1);
});

describe("without a stack at the default address", () => {
  test("one is started for the request and leaves nothing behind", async () => {
    // A port on which nothing listens stands for "no stack runs".
    const env = { ...NO_VULKAN, EDGE_PORT: new URL(stack.edgeUrl).port };
    await stack.stopEdge();
    try {
      const { code, stdout, stderr } = await isobit(
        ["parity", "--model", "digits", "--backends", "WASM,CPU", "--out", folder],
        { env },
      );
      expect(stderr).toContain(`No isobit server at http://localhost:${env.EDGE_PORT}; starting a temporary one`);
      expect(stdout).toContain("\nOutcome: DRIFT: bits differ.\n");
      expect(code).toBe(1);
    } finally {
      await stack.startEdge();
    }
  });

  test("the one at EDGE_PORT is asked when it runs", async () => {
    const env = { EDGE_PORT: new URL(stack.edgeUrl).port };
    const { code, stderr } = await isobit(
      ["parity", "--model", "digits", "--images", "3", "--backends", "WASM,CPU", "--out", folder],
      {
        env,
      },
    );
    expect(stderr).not.toContain("starting a temporary one");
    expect(code).toBe(1);
  });

  test("a model that does not fit has its own error message", async () => {
    const env = { EDGE_PORT: "1", MODEL: join(folder, "missing.onnx") };
    const { code, stdout, stderr } = await isobit(["parity", "--out", folder], { env });
    expect(stderr).toBe(`${env.MODEL} is missing. Check the path, or restore the file.\n`);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });
});
