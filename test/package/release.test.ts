import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ROOT } from "./installed.ts";

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly steps: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, string>> }[] }
    >
  >;
}

const manifestOf = async (
  folder: string,
): Promise<{ readonly version: string; readonly scripts: Record<string, string> }> =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as never;

test("the release workflow runs scripts of package.json, and may sign", async () => {
  const text = await readFile(join(ROOT, ".github", "workflows", "release.yml"), "utf8");
  const { permissions, jobs } = parse(text) as Workflow;
  expect(permissions).toMatchObject({ "id-token": "write" });
  const step = jobs["release"]!.steps.find(({ uses }) => uses?.startsWith("changesets/action"))!;
  const { scripts } = await manifestOf(ROOT);
  for (const command of [step.with!["version"]!, step.with!["publish"]!])
    expect(Object.keys(scripts)).toContain(command.replace(/^npm run /, ""));
});

describe("npm run release:version", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-release-"));
    for (const name of ["package.json", "package-lock.json", ".changeset", "CHANGELOG.md"])
      await cp(join(ROOT, name), join(folder, name), { recursive: true });
    await writeFile(join(folder, ".changeset", "a-change.md"), '---\n"isobit": minor\n---\n\nDoes one thing more.\n');
    const run = (file: string, ...args: string[]): Promise<unknown> => promisify(execFile)(file, args, { cwd: folder });
    await run("git", "init", "--quiet", "--initial-branch", "main");
    await run("git", "add", "--all");
    const author = ["-c", "user.name=isobit", "-c", "user.email=isobit@example.org"];
    await run("git", ...author, "commit", "--quiet", "--message", "Start");
    await run("npm", "run", "release:version");
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("raises the version in package.json and its lock", async () => {
    const [, minor] = (await manifestOf(ROOT)).version.split(".");
    const raised = `0.${Number(minor) + 1}.0`;
    expect((await manifestOf(folder)).version).toBe(raised);
    const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8")) as { readonly version: string };
    expect(lock.version).toBe(raised);
  });

  test("writes the entry into CHANGELOG.md, above the older ones", async () => {
    const log = await readFile(join(folder, "CHANGELOG.md"), "utf8");
    expect(log).toMatch(/Does one thing more\.\n[^]*## 0\.1\.0\n/);
  });
});
