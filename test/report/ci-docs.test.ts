import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "..", "..");

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { readonly env: Readonly<Record<string, string>>; readonly steps: readonly Step[] }>
  >;
}

const text = await readFile(join(ROOT, "docs", "github-actions.yml"), "utf8");
const workflow = parse(text) as Workflow;
const { env, steps } = workflow.jobs["drift"]!;

/** After a failure, GitHub runs only the steps that say so. */
const AFTER_FAILURE = "${{ !cancelled() }}";

test("docs/ci.md shows the workflow that is checked in", async () => {
  expect(await readFile(join(ROOT, "docs", "ci.md"), "utf8")).toContain(`\`\`\`yaml\n${text}\`\`\`\n`);
});

describe("the workflow", () => {
  test("runs on pull requests, with no more rights than it needs", () => {
    expect(Object.keys(workflow.on)).toEqual(["pull_request"]);
    expect(workflow.permissions).toEqual({ contents: "read", checks: "write" });
  });

  test("also shows both reports after a failure", () => {
    const compare = steps.findIndex(({ run }) => run?.includes("isobit compare"));
    const after = steps.slice(compare + 1);
    expect(after.map((step) => step.if)).toEqual(after.map(() => AFTER_FAILURE));
    expect(after.some(({ run }) => run?.includes("$GITHUB_STEP_SUMMARY"))).toBe(true);
    const reporter = after.find(({ uses }) => uses?.includes("junit"));
    expect(reporter?.with?.["report_paths"]).toBe("isobit-report/parity_junit.xml");
  });

  test("names each action with a version", () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@v\d+$/.test(action))).toEqual([]);
  });
});

describe("its commands, unchanged", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-ci-"));
    // As npm installs it in a project that depends on isobit, for npx.
    await mkdir(join(folder, "bin"));
    const npx = `#!/bin/sh\n[ "$1" = isobit ] && shift && exec "${process.execPath}" "${join(ROOT, "cli", "isobit.js")}" "$@"\n`;
    await writeFile(join(folder, "bin", "npx"), npx);
    await chmod(join(folder, "bin", "npx"), 0o755);
    await symlink(join(ROOT, "models"), join(folder, "models"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the job's own steps in order; after a failure, only those that say so. @returns the job's exit code */
  async function runJob(overrides: Readonly<Record<string, string>>): Promise<{ failed: boolean; summary: string }> {
    const summary = join(folder, "summary.md");
    await writeFile(summary, "");
    const variables = { ...env, GITHUB_STEP_SUMMARY: summary, ...overrides };
    let failed = false;
    for (const step of steps) {
      if (step.run === undefined || step.run === "npm ci" || (failed && step.if !== AFTER_FAILURE)) continue;
      const code = await bash(step.run, variables);
      failed ||= code !== 0;
    }
    return { failed, summary: await readFile(summary, "utf8") };
  }

  /** Runs a step as GitHub does. */
  function bash(script: string, variables: Readonly<Record<string, string>> = {}): Promise<number> {
    return new Promise((done) => {
      const path = `${join(folder, "bin")}:${process.env["PATH"]}`;
      const own = { ...process.env, PATH: path, ...variables };
      const child = execFile("bash", ["-e", "-c", script], { cwd: folder, env: own });
      child.on("close", (code) => done(code ?? -1));
    });
  }

  test("pass a pull request within the tolerance", async () => {
    const { failed, summary } = await runJob({});
    expect(summary).toMatch(/^### ✅ isobit compare: WITHIN_TOLERANCE\n/);
    expect(failed).toBe(false);
    expect(await readFile(join(folder, "isobit-report", "parity_junit.xml"), "utf8")).toContain('failures="0"');
  });

  test("fail one whose drift exceeds it, and show both reports", async () => {
    const { failed, summary } = await runJob({ MAX_ABS: "0" });
    expect(failed).toBe(true);
    expect(summary).toMatch(/^### ❌ isobit compare: DRIFT\n/);
    expect(await readFile(join(folder, "isobit-report", "parity_junit.xml"), "utf8")).toMatch(
      /<failure message="DRIFT: /,
    );
  });

  test("fail if the model is missing, without an empty report", async () => {
    expect(await runJob({ MODEL: join(folder, "missing.onnx") })).toEqual({ failed: true, summary: "" });
  });

  test("for goldens: a saved run matches again, even if its sources differ from each other", async () => {
    const docs = await readFile(join(ROOT, "docs", "ci.md"), "utf8");
    const [save, against] = /```sh\n(.*--save.*)\n(.*--against.*)\n```/.exec(docs)!.slice(1);
    expect(await bash(save!)).toBe(1);
    expect(await bash(against!)).toBe(0);
  });
});
