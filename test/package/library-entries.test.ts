import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackage, ROOT, type InstalledPackage } from "./installed.ts";

/* What a user imports from the packed tarball: three entries with their types, the schema, and nothing else. */

let installed: InstalledPackage;
const { devDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

beforeAll(async () => {
  installed = await installPackage([`vitest@${devDependencies["vitest"]}`]);
  await writeFile(join(installed.folder, "package.json"), JSON.stringify({ type: "module" }));
}, 300_000);
afterAll(() => installed?.remove());

async function runModule(code: string) {
  await writeFile(join(installed.folder, "run.mjs"), code);
  return await installed.node(["run.mjs"]);
}

test("compare of `isobit` runs, and writes nothing of its own", async () => {
  const { code, stdout, stderr } = await runModule(`
    import { compare } from "isobit";
    const { report } = await compare("digits-exact", { backends: ["CPU", "WASM"], images: ["7"] });
    console.log(report.outcome, report.total);
  `);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "IDENTICAL 1\n", stderr: "" });
});

test("isobit/schema.graphql is the public schema", async () => {
  const { stdout } = await runModule(`
    import { readFile } from "node:fs/promises";
    process.stdout.write(await readFile(new URL(import.meta.resolve("isobit/schema.graphql")), "utf8"));
  `);
  expect(stdout).toBe(await readFile(join(ROOT, "schema", "schema.graphql"), "utf8"));
});

test.each([
  "isobit/dist/package/library/index.js",
  "isobit/library/index.ts",
  "isobit/core/errors.js",
  "isobit/cli/isobit.js",
])("%s is not reachable", async (path) => {
  const { stdout } = await runModule(`
    await import(${JSON.stringify(path)}).then(() => console.log("imported"), ({ code }) => console.log(code));
  `);
  expect(stdout).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n");
});

const USER = `
import { compare, trace, certify, exactify, sweep, IsobitError } from "isobit";
import type { BackendId, CompareOptions, LibraryErrorCode, RunReport, Verdict } from "isobit";
import { compareTensors, certify as certifyBytes, trace as traceAnywhere } from "isobit/core";
import { expectSameEverywhere } from "isobit/vitest";
import { expect } from "vitest";

const backends: readonly BackendId[] = ["CPU", "WASM"];
const options: CompareOptions = { backends, tensors: { x: new Float32Array(3) }, signal: new AbortController().signal };
const { report, notes } = await compare(["a.onnx", new Uint8Array()], options);
const outcome: RunReport["outcome"] = report.outcome;
const verdict: Verdict = report.verdict;
const cause: string | null | undefined = (await trace("a.onnx")).traces[0]?.firstDrift?.cause;
if (new Error() instanceof IsobitError) throw new Error("never");
const code: LibraryErrorCode = "ABORTED";
expect(new Float32Array(1)).toHaveSameBits(new Float32Array(1));
void [notes, outcome, verdict, cause, code, certify, exactify, sweep, compareTensors, certifyBytes, traceAnywhere, expectSameEverywhere];
// @ts-expect-error Types are there: a backend that does not exist is refused.
await compare("a.onnx", { backends: ["TPU"] });
// @ts-expect-error The report's fields are typed.
void report.nothing;
`;

test.each([
  ["node16", { module: "node16", moduleResolution: "node16" }],
  ["nodenext", { module: "nodenext", moduleResolution: "nodenext" }],
  ["bundler", { module: "esnext", moduleResolution: "bundler" }],
])("types resolve under moduleResolution %s", async (name, resolution) => {
  await writeFile(join(installed.folder, "user.ts"), USER);
  const compilerOptions = {
    ...resolution,
    target: "es2024",
    lib: ["es2024", "dom"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const project = `tsconfig.${name}.json`;
  await writeFile(join(installed.folder, project), JSON.stringify({ compilerOptions, files: ["user.ts"] }));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  expect(await installed.node([tsc, "--project", project])).toMatchObject({ stdout: "", code: 0 });
});

test("the declarations themselves have no fault where a project checks its libraries too", async () => {
  await writeFile(
    join(installed.folder, "strict.ts"),
    `export * from "isobit";
export * as core from "isobit/core";
`,
  );
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const options = [
    "--noEmit",
    "--strict",
    "--target",
    "es2024",
    "--lib",
    "es2024,dom",
    "--types",
    "",
    "--module",
    "node16",
  ];
  expect(await installed.node([tsc, "--ignoreConfig", ...options, "strict.ts"])).toMatchObject({ stdout: "", code: 0 });
});

test("every import of the shipped declarations leads to a file of the tarball", async () => {
  const files = installed.files.filter((path) => path.endsWith(".d.ts"));
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const code = await readFile(join(installed.folder, "node_modules", "isobit", file), "utf8");
    expect(code).not.toMatch(/["']#/);
    for (const [, path = ""] of code.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g))
      expect(installed.files).toContain(join(file, "..", path).replace(/\.js$/, ".d.ts"));
  }
});
