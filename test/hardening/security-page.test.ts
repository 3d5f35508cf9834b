import { execFile } from "node:child_process";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const page = await readFile(join(ROOT, "docs", "security.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim()));
const namedTests = (cell = ""): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, path = ""]) => path);

describe("the table of threats", () => {
  it.each(rows)("has a defence and a test against: %s%s", async (_empty, threat, defence, tests) => {
    expect([threat, defence]).not.toContain("");
    const paths = namedTests(tests);
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      expect(path).toMatch(/^test\/.*\.test\.ts$/);
      await access(join(ROOT, path));
    }
  });

  it("names every test of the folder", async () => {
    const named = rows.flatMap(([, , , tests]) => namedTests(tests));
    const files = (await readdir(import.meta.dirname)).filter((file) => file !== "security-page.test.ts");
    expect(files.filter((file) => !named.includes(`test/hardening/${file}`))).toEqual([]);
  });
});

it("SECURITY.md says how to report", async () => {
  expect(await readFile(join(ROOT, "SECURITY.md"), "utf8")).toMatch(/Report a vulnerability/);
});

it("npm run sbom lists every package with its licence, and marks those of development only", async () => {
  const { stdout } = await promisify(execFile)("npm", ["run", "--silent", "sbom"], {
    cwd: ROOT,
    maxBuffer: 20_000_000,
  });
  const bill = JSON.parse(stdout) as {
    readonly bomFormat: string;
    readonly components: readonly {
      readonly name: string;
      readonly version: string;
      readonly licenses?: unknown;
      readonly properties?: readonly { readonly name: string; readonly value: string }[];
    }[];
  };
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  const forDevelopment = new Map(
    bill.components.map(({ name, version, properties = [] }) => [
      `${name}@${version}`,
      properties.some((each) => each.name === "cdx:npm:package:development" && each.value === "true"),
    ]),
  );
  expect(bill.bomFormat).toBe("CycloneDX");
  for (const [name, version] of Object.entries(dependencies))
    expect([name, forDevelopment.get(`${name}@${version}`)]).toEqual([name, false]);
  for (const name of ["oxlint", "knip", "typescript"])
    expect([name, forDevelopment.get(`${name}@${devDependencies[name]}`)]).toEqual([name, true]);
  expect(bill.components.filter(({ licenses }) => licenses === undefined).map(({ name }) => name)).toEqual([]);
});
