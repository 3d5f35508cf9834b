import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackage, ROOT, type InstalledPackage } from "./installed.ts";

/* The tarball's entries as another project's code, and its TypeScript, resolve them. */

const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

const USE = `
import { certify, compare, exactify, IsobitError, type LibraryErrorCode, type RunReport, sweep, trace } from "isobit";
import { compareTensors, ulpDistance } from "isobit/core";

const { report } = await compare("digits", { backends: ["CPU", "WASM"], images: ["7"] });
const whole: RunReport = report;
const outcome: "IDENTICAL" | "WITHIN_TOLERANCE" | "DRIFT" | "INCOMPLETE" | "WRONG_RESULT" | "CERTIFICATE_VIOLATED" = whole.outcome;
const ulp: number | null = whole.pairs[0]!.maxUlp;
const code: LibraryErrorCode = new IsobitError("BAD_INPUT", "wrong").code;
const same: string = compareTensors(new Float32Array(1), new Float32Array(1)).verdict;
export { certify, code, exactify, outcome, same, sweep, trace, ulp, ulpDistance };
// @ts-expect-error there is no such option
await compare("digits", { backend: "CPU" });
`;

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage();
  await writeFile(join(installed.folder, "use.mts"), USE);
}, 300_000);
afterAll(() => installed?.remove());

test("import { compare } from isobit runs", async () => {
  const script = `
    import { compare } from "isobit";
    const { report } = await compare("digits", { backends: ["CPU", "WASM"], images: ["7"], trace: "none" });
    console.log(report.outcome, report.pairs[0].differingElements);`;
  const ended = await installed.node(["--input-type=module", "--eval", script]);
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^DRIFT \d+\n$/), stderr: "" });
});

test.each([
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["bundler", "esnext"],
])("types resolve under moduleResolution %s", async (resolution, module) => {
  const ended = await installed.node([
    TSC,
    ...["--noEmit", "--strict", "--target", "es2024", "--lib", "es2024,dom", "--types", ""],
    ...["--module", module, "--moduleResolution", resolution, "use.mts"],
  ]);
  expect(ended).toMatchObject({ code: 0, stdout: "" });
});

test.each(["isobit/dist/package/core/index.js", "isobit/core/errors", "isobit/library/index.js", "isobit/cli"])(
  "%s is not an entry",
  async (path) => {
    const ended = await installed.node(["--input-type=module", "--eval", `await import(${JSON.stringify(path)});`]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  },
);
