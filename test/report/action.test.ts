import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { copySources } from "../support/checkout-copy.ts";

/* action.yml's own commands, run as GitHub runs them on a checkout of this repository. */

const ROOT = join(import.meta.dirname, "..", "..");

interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly (Step & { readonly with?: Readonly<Record<string, unknown>> })[] }>
  >;
}

const action = parse(await readFile(join(ROOT, "action.yml"), "utf8")) as Action;
const workflowText = await readFile(join(ROOT, "docs", "github-actions.yml"), "utf8");
const workflow = parse(workflowText) as Workflow;
const docs = await readFile(join(ROOT, "docs", "ci.md"), "utf8");

describe("docs/ci.md", () => {
  test("shows the workflow that is checked in, which uses the action with inputs it has", () => {
    expect(docs).toContain(`\`\`\`yaml\n${workflowText}\`\`\`\n`);
    const step = workflow.jobs["drift"]!.steps.find(({ uses }) => uses?.includes("isobit"))!;
    expect(step.uses).toBe("OWNER/isobit@v1");
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with!)));
    expect(workflow.permissions).toEqual({ contents: "read", "pull-requests": "write" });
  });

  test("describes every input with its default", () => {
    const rows = [...docs.matchAll(/^\| `([\w-]+)` +\|.*\| (.+?) +\|$/gm)].map(([, name, value]) => [name, value]);
    const inputs = Object.entries(action.inputs);
    const documented = (value: string | undefined): string =>
      value === undefined ? "required" : value === "" ? "none" : `\`${value}\``;
    expect(rows.slice(0, inputs.length).toSorted()).toEqual(
      inputs.map(([name, input]) => [name, name === "args" ? "none" : documented(input.default)]).toSorted(),
    );
  });
});

test("the action names other actions with a version, and a shell for each command", () => {
  const { steps } = action.runs;
  expect(steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !/^[\w-]+\/[\w-]+@v\d+$/.test(uses))).toEqual([]);
  expect(steps.filter(({ run, shell }) => run !== undefined && shell !== "bash")).toEqual([]);
});

describe("the action's commands", () => {
  let home: string;
  let folder: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "isobit-action-"));
    await copySources(home);
    const install = action.runs.steps.find(({ name }) => name === "Install isobit")!;
    expect(await bash(install.run!, { ...install.env, ACTION: home }, home)).toBe(0);
    // GitHub's own tool, which this machine does not have: it keeps what it is called with.
    await mkdir(join(home, "bin"));
    const gh = '#!/bin/sh\nprintf "%s\\n" "$GH_TOKEN" "$GH_REPO" "$@" > "$GH_CALL"\n';
    await writeFile(join(home, "bin", "gh"), gh);
    await chmod(join(home, "bin", "gh"), 0o755);
    await symlink(process.execPath, join(home, "bin", "node"));
  }, 300_000);
  afterAll(() => rm(home, { recursive: true, force: true }));

  beforeEach(async () => {
    folder = await mkdtemp(join(home, "job "));
    await symlink(join(ROOT, "models"), join(folder, "models"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("install neither tools nor workerd", async () => {
    const installed = await readdir(join(home, "node_modules"));
    expect(installed).toContain("onnxruntime-node");
    for (const tool of ["vitest", "typescript", "workerd"]) expect(installed).not.toContain(tool);
  });

  interface Job {
    /** Exit code of the step that failed, else 0. */
    readonly code: number;
    readonly summary: string;
    readonly outputs: Readonly<Record<string, string>>;
    readonly comment: readonly string[] | null;
  }

  /** The steps in order until one fails, as a composite action runs. @param pull the pull request's number */
  async function runJob(inputs: Readonly<Record<string, string>>, pull?: number): Promise<Job> {
    const given = Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default ?? ""]));
    const files = { GITHUB_STEP_SUMMARY: "summary.md", GITHUB_OUTPUT: "output", GH_CALL: "gh-call" };
    const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]));
    const read = (name: string): Promise<string> => readFile(paths[name]!, "utf8").catch(() => "");
    const values: Record<string, string> = {
      "github.action_path": home,
      "github.token": "a-token",
      "github.repository": "someone/something",
      "github.event.pull_request.number": String(pull ?? ""),
    };
    for (const [name, value] of Object.entries({ ...given, ...inputs })) values[`inputs.${name}`] = value;
    const expand = (text: string): string =>
      text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => values[name]!);
    const holds = (condition: string): boolean =>
      condition
        .replace(/^\$\{\{ (.*) \}\}$/, "$1")
        .split(" && ")
        .every((part) => {
          const [name, wanted] = part.split(" == ");
          return wanted === undefined ? values[name!] !== "" : `'${values[name!]}'` === wanted;
        });
    let code = 0;
    for (const step of action.runs.steps) {
      if (step.run === undefined || step.name === "Install isobit" || code !== 0) continue;
      if (step.if !== undefined && !holds(step.if)) continue;
      const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, expand(value)]));
      code = await bash(step.run, { ...env, ...paths, PATH: `${join(home, "bin")}:${process.env["PATH"]}` }, folder);
      const written = await read("GITHUB_OUTPUT");
      for (const line of written.split("\n").filter(Boolean))
        values[`steps.compare.outputs.${line.split("=")[0]}`] = line.slice(line.indexOf("=") + 1);
    }
    const call = await read("GH_CALL");
    return {
      code,
      summary: await read("GITHUB_STEP_SUMMARY"),
      outputs: {
        outcome: values["steps.compare.outputs.outcome"] ?? "",
        code: values["steps.compare.outputs.code"] ?? "",
      },
      comment: call === "" ? null : call.trimEnd().split("\n"),
    };
  }

  test("pass a pull request within the tolerance", async () => {
    const job = await runJob({ model: "models/digits.onnx", "fail-on": "tolerance", tolerance: "1e-4" });
    expect(job.summary).toMatch(/^### ✅ isobit compare: WITHIN_TOLERANCE\n/);
    expect(job).toMatchObject({ code: 0, outputs: { outcome: "WITHIN_TOLERANCE", code: "0" }, comment: null });
    expect(await readdir(join(folder, "isobit-report"))).toContain("parity_report.html");
  });

  test("fail on any bit by default, at any tolerance, and show the report", async () => {
    const job = await runJob({ model: "models/digits.onnx", tolerance: "1e-4" });
    expect(job).toMatchObject({ code: 1, outputs: { outcome: "DRIFT", code: "1" } });
    expect(job.summary).toMatch(/^### ❌ isobit compare: DRIFT\n/);
  });

  test("fail where drift exceeds every limit of a list", async () => {
    const limits = { "fail-on": "tolerance", tolerance: "abs=1e-9,ulp=1" };
    expect(await runJob({ model: "models/digits.onnx", ...limits })).toMatchObject({ code: 1 });
    const wider = { ...limits, tolerance: "abs=1e-9,ulp=1000000" };
    expect(await runJob({ model: "models/digits.onnx", ...wider })).toMatchObject({ code: 0 });
  });

  test("pass drift that changes no label where labels count", async () => {
    const job = await runJob({ model: "models/digits.onnx", "fail-on": "labels" });
    expect(job).toMatchObject({ code: 0, outputs: { outcome: "DRIFT", code: "0" } });
  });

  test("fail a changed label where labels count", async () => {
    await writeFile(join(folder, "golden.json"), await goldenWithOtherLabels());
    const job = await runJob({
      model: "models/digits-exact.onnx",
      "fail-on": "labels",
      golden: "golden.json",
      args: "--images 3,7",
    });
    expect(job).toMatchObject({ code: 1, outputs: { outcome: "DRIFT" } });
  });

  test("comment on a pull request with the token, the repository and the number that gh needs", async () => {
    const { comment } = await runJob({ model: "models/digits-exact.onnx", comment: "true" }, 12);
    const report = "isobit-report/parity_report.md";
    expect(comment).toEqual([
      "a-token",
      "someone/something",
      "pr",
      "comment",
      "12",
      "--body-file",
      report,
      "--edit-last",
      "--create-if-none",
    ]);
  });

  test("do not comment outside a pull request", async () => {
    expect(await runJob({ model: "models/digits-exact.onnx", comment: "true" })).toMatchObject({
      code: 0,
      comment: null,
    });
  });

  test.each([
    ["a missing model", { model: "missing.onnx" }],
    ["an unknown fail-on", { model: "models/digits.onnx", "fail-on": "never" }],
    ["a tolerance that is missing", { model: "models/digits.onnx", "fail-on": "tolerance" }],
    ["a tolerance that is not a number", { model: "models/digits.onnx", "fail-on": "tolerance", tolerance: "small" }],
  ])("fail on %s, without a report", async (_, inputs) => {
    const job = await runJob(inputs);
    expect(job.code).toBeGreaterThan(1);
    expect(job.summary).toBe("");
  });

  /** Digits-exact's own golden, in which input 3 has the label of input 7 and the other way around. */
  async function goldenWithOtherLabels(): Promise<string> {
    const file = join(folder, "saved.json");
    const save = ["compare", "models/digits-exact.onnx", "--backends", "CPU,WASM", "--images", "3,7", "--save", file];
    expect(await bash('node "$ACTION/cli/isobit.js" "$@"', { ACTION: home }, folder, save)).toBe(0);
    const golden = JSON.parse(await readFile(file, "utf8")) as { readonly inputs: { outputs: unknown }[] };
    const [three, seven] = golden.inputs;
    [three!.outputs, seven!.outputs] = [seven!.outputs, three!.outputs];
    return JSON.stringify(golden);
  }

  /** As GitHub runs a step of a composite action. */
  function bash(
    script: string,
    variables: Readonly<Record<string, string>>,
    cwd: string,
    args: readonly string[] = [],
  ): Promise<number> {
    return new Promise((done) => {
      const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`, ...variables };
      const shell = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script, "bash", ...args];
      const child = execFile("bash", shell, { cwd, env }, () => done(child.exitCode ?? -1));
    });
  }
});
