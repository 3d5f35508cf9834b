import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveWorker } from "./bundled-worker.ts";
import { installPackage, ROOT, type InstalledPackage } from "./installed.ts";

/* Each file of docs/examples as its reader runs it: in an empty folder, with the packed tarball installed. */

const EXAMPLES = join(ROOT, "docs", "examples");
const { devDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

let installed: InstalledPackage;

beforeAll(async () => {
  installed = await installPackage([`vitest@${devDependencies["vitest"]}`]);
  await cp(EXAMPLES, installed.folder, { recursive: true });
  await cp(join(ROOT, "models", "digits.onnx"), join(installed.folder, "drifting.onnx"));
  await cp(join(ROOT, "models", "digits-exact.onnx"), join(installed.folder, "exact.onnx"));
}, 300_000);
afterAll(() => installed?.remove());

test("compare-two-runtimes.mjs names the node where a model's bits first differ", async () => {
  const { code, stdout, stderr } = await installed.node(["compare-two-runtimes.mjs", "drifting.onnx"]);
  expect(stderr).toBe("");
  expect(stdout).toMatch(
    /^DRIFT over 10 inputs\nWASM and CPU agree on \d inputs; \d+ elements differ\nLargest distance: \d+ ULP\nThe difference begins in conv1 \(Conv\): [A-Z_]+\n$/,
  );
  expect(code).toBe(1);
});

test("compare-two-runtimes.mjs finds an exact model IDENTICAL", async () => {
  const { code, stdout } = await installed.node(["compare-two-runtimes.mjs", "exact.onnx"]);
  expect(stdout).toBe(
    "IDENTICAL over 10 inputs\nWASM and CPU agree on 10 inputs; 0 elements differ\nLargest distance: 0 ULP\n",
  );
  expect(code).toBe(0);
});

test("saved-outputs.mjs saves, finds the same bits again, and those of another model to differ", async () => {
  const run = (model: string) => installed.node(["saved-outputs.mjs", model, "saved.json"]);
  expect(await run("drifting.onnx")).toMatchObject({ code: 0, stdout: "Saved logits\n", stderr: "" });
  const again = await run("drifting.onnx");
  expect(again).toMatchObject({ code: 0, stdout: "logits: IDENTICAL, 0 of 10 elements differ\n", stderr: "" });
  const other = await run("exact.onnx");
  expect(other.stdout).toMatch(
    /^logits: DRIFT, 10 of 10 elements differ\nfirst at 0: 0x[0-9a-f]{8} before, 0x[0-9a-f]{8} now\n$/,
  );
  expect(other.code).toBe(1);
});

test("own-evaluator.mjs compares every node, of a drifting model and of an exact one", async () => {
  const { code, stdout, stderr } = await installed.node(["own-evaluator.mjs", "drifting.onnx"]);
  expect(stderr).toBe("");
  expect(stdout).toMatch(
    /^mine against CPU: DRIFT\n[\s\S]*^conv1 \(Conv\): [1-9]\d* of \d+ elements differ, [A-Z_]+$/m,
  );
  expect(code).toBe(0);
  const exact = (await installed.node(["own-evaluator.mjs", "exact.onnx"])).stdout.trim().split("\n");
  expect(exact[0]).toBe("mine against CPU: IDENTICAL");
  for (const line of exact.slice(1)) expect(line).toMatch(/: 0 of \d+ elements differ, NONE$/);
  expect(exact.length).toBeGreaterThan(5);
});

test("certify-in-a-worker.mjs proves a model exact in workerd, and says what stops another one", async () => {
  const worker = await serveWorker(installed.folder, "certify-in-a-worker.mjs");
  try {
    const post = async (body: Uint8Array): Promise<readonly [number, unknown]> => {
      const response = await fetch(worker.url, { method: "POST", body: Uint8Array.from(body) });
      return [response.status, await response.json()];
    };
    expect(await post(await readFile(join(installed.folder, "exact.onnx")))).toEqual([
      200,
      expect.objectContaining({
        certified: true,
        inputDomain: "integers 0 to 255",
        covers: expect.arrayContaining([expect.objectContaining({ backend: "CUDA_TF32" })]),
      }),
    ]);
    expect(await post(await readFile(join(installed.folder, "drifting.onnx")))).toEqual([
      200,
      expect.objectContaining({ certified: false, node: "conv1", op: "Conv" }),
    ]);
    expect(await post(Uint8Array.of(1, 2, 3))).toEqual([400, expect.objectContaining({ code: "INCOMPLETE" })]);
    expect((await fetch(worker.url)).status).toBe(405);
  } finally {
    await worker.stop();
  }
});

test("model.test.ts passes for an exact model, and fails with the verdict's sentence for a drifting one", async () => {
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const run = async (model: string) => {
    await cp(join(installed.folder, model), join(installed.folder, "model.onnx"));
    const args = [vitest, "run", "--reporter=json", "--outputFile=report.json", "model.test.ts"];
    const { code } = await installed.node(args);
    const report = JSON.parse(await readFile(join(installed.folder, "report.json"), "utf8")) as {
      readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[];
    };
    return { code, assertions: report.testResults.flatMap(({ assertionResults }) => assertionResults) };
  };
  const exact = await run("exact.onnx");
  expect(exact.assertions.map(({ status }) => status)).toEqual(["passed", "passed", "passed"]);
  expect(exact.code).toBe(0);
  const drifting = await run("drifting.onnx");
  const failed = drifting.assertions.filter(({ status }) => status === "failed");
  expect(failed.map(({ title }) => title)).toContain("the model gives the same bits on CPU and in WebAssembly");
  expect(failed[0]?.failureMessages[0]).toMatch(/DRIFT: bits differ \(model, 10 inputs\)\.\nWASM and CPU agree on /);
  expect(drifting.code).toBe(1);
});

interface Assertion {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

test("every example is run here, and is listed in the README", async () => {
  const files = (await readdir(EXAMPLES)).filter((name) => name !== "README.md");
  const own = await readFile(import.meta.filename, "utf8");
  const readme = await readFile(join(EXAMPLES, "README.md"), "utf8");
  for (const file of files) {
    expect(own).toContain(`test("${file} `);
    expect(readme).toContain(`(${file})`);
    expect((await readFile(join(EXAMPLES, file), "utf8")).split("\n").length).toBeLessThan(60);
  }
  expect(files.length).toBeGreaterThanOrEqual(5);
});
