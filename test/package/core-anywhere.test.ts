import { cp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build, type Rollup } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeModel } from "#core/onnx/write.ts";
import { floatWeight, modelOf } from "../trace/graphs.ts";
import { CHROMIUM_HINT, findChromium, launchChromium, openWatched } from "../web/chromium.ts";
import { serveWorker } from "./bundled-worker.ts";
import { installPackage, ROOT, type InstalledPackage } from "./installed.ts";

/* `isobit/core` from the packed tarball: in Node, in workerd and in a browser's page, to the same answer. */

let installed: InstalledPackage;
let onNode: Answer;

interface Answer {
  readonly scalars: readonly unknown[];
  readonly compared: { readonly verdict: string; readonly maxUlp: number };
  readonly traced: { readonly outcome: string };
  readonly explained: { readonly cause: string } | null;
  readonly certified: { readonly certification: { readonly certified: boolean } };
  readonly refused: string;
}

const GEMM = writeModel(
  modelOf({
    inputs: { x: ["float32", [1, 2]] },
    weights: [floatWeight("w", [2, 1], [1.7, 1.9]), floatWeight("b", [1], [0.3])],
    nodes: [{ name: "gemm", op: "Gemm", inputs: ["x", "w", "b"], outputs: ["y"] }],
    outputs: ["y"],
  }),
);

beforeAll(async () => {
  installed = await installPackage();
  await cp(join(import.meta.dirname, "core-anywhere"), installed.folder, { recursive: true });
  await cp(join(ROOT, "models", "digits-exact.onnx"), join(installed.folder, "exact.onnx"));
  await writeFile(join(installed.folder, "gemm.onnx"), GEMM);
  const { stdout, stderr } = await installed.node(["node.mjs"]);
  expect(stderr).toBe("");
  onNode = JSON.parse(stdout) as Answer;
}, 300_000);
afterAll(() => installed?.remove());

test("Node answers correctly", () => {
  expect(onNode).toMatchObject({
    scalars: [1, "0x80000000", Math.fround(Math.PI)],
    certified: { certification: { certified: true, certificate: { tf32Safe: true } } },
    refused: "INCOMPLETE",
  });
  expect(onNode.compared.verdict).not.toBe("IDENTICAL");
  expect(onNode.traced.outcome).toBe("DRIFT");
  expect(onNode.explained).not.toBeNull();
});

test("a Worker without compatibility flags answers in workerd as Node does", async () => {
  const worker = await serveWorker(installed.folder, "worker.mjs");
  try {
    const body = new FormData();
    for (const name of ["exact", "gemm"])
      body.set(name, new Blob([Uint8Array.from(await readFile(join(installed.folder, `${name}.onnx`)))]));
    const response = await fetch(worker.url, { method: "POST", body });
    expect(await response.json()).toEqual(onNode);
  } finally {
    await worker.stop();
  }
});

/** No eval. WebAssembly is allowed, which `long` makes use of where it is. */
const POLICY = "script-src 'self' 'wasm-unsafe-eval'";
const executablePath = findChromium();

describe("a browser's page", () => {
  test("answers as Node does, under a policy that forbids eval", async ({ skip }) => {
    skip(executablePath === undefined, CHROMIUM_HINT);
    const site = await pageOf(installed.folder);
    const browser = await launchChromium(executablePath ?? "");
    try {
      const { page, complaints } = await openWatched(browser, { policy: POLICY });
      await page.goto(`${site.url}/`);
      const answer = await page.waitForFunction(() => Reflect.get(globalThis, "answer") as string | undefined);
      expect(JSON.parse((await answer.jsonValue()) ?? "")).toEqual(onNode);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      site.close();
    }
  });
});

/** A page with one module script, bundled by Vite from a folder that holds what its author installed. */
async function pageOf(folder: string): Promise<{ readonly url: string; close(): void }> {
  const built = (await build({
    configFile: false,
    root: folder,
    logLevel: "error",
    build: { write: false, target: "es2022", rollupOptions: { input: join(folder, "page.mjs") } },
  })) as Rollup.RollupOutput;
  const files = new Map<string, readonly [type: string, body: string | Uint8Array]>([
    [
      "/",
      ["text/html", `<!doctype html><link rel="icon" href="data:," /><script type="module" src="/page.js"></script>`],
    ],
    ["/page.js", ["text/javascript", built.output[0].code]],
    ["/exact.onnx", ["application/octet-stream", await readFile(join(folder, "exact.onnx"))]],
    ["/gemm.onnx", ["application/octet-stream", await readFile(join(folder, "gemm.onnx"))]],
  ]);
  const server = createServer((request, response) => {
    const [type, body] = files.get(request.url ?? "") ?? ["text/plain", "not found"];
    response.writeHead(files.has(request.url ?? "") ? 200 : 404, { "content-type": type }).end(body);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
