import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/graphql.ts";
import type { RunningCommand } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";
import { installPackage, ROOT, type InstalledPackage } from "./installed.ts";

/* `npm pack` here, `npm install` of the tarball in an empty folder: the command works there, without any tooling. */

const MOST_TARBALL_BYTES = 10_000_000;
/** Ports on which no stack of anybody else answers. */
const NO_STACK = { ...NO_VULKAN, EDGE_PORT: "1" };

let installed: InstalledPackage;
const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<"vitest" | "workerd", string>>;
};

beforeAll(async () => {
  installed = await installPackage();
}, 300_000);
afterAll(() => installed?.remove());

describe("the tarball", () => {
  test("holds JavaScript and what it reads, and neither sources nor tests nor training", () => {
    expect(installed.tarballBytes).toBeLessThan(MOST_TARBALL_BYTES);
    const paths = installed.files.map((path) => path.replace(/^dist\/package\//, ""));
    expect(paths.filter((path) => /(?<!\.d)\.(ts|tsx|py|map)$|^test\/|authoring|node_modules/.test(path))).toEqual([]);
    for (const needed of [
      "cli/main.js",
      "origin/host-process.js",
      "edge/serve.js",
      "models/digits.onnx",
      "images/7.png",
    ])
      expect(paths).toContain(needed);
  });
});

test("npm publish takes the tarball", async () => {
  const { stdout } = await installed.npm("publish", installed.tarball, "--dry-run", "--json");
  const published = JSON.parse(stdout) as Record<
    string,
    { readonly version: string; readonly files: { path: string }[] }
  >;
  const { version, files } = published["isobit"] ?? (published as unknown as (typeof published)[string]);
  expect(version).toBe(manifest.version);
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(["LICENSE", "NOTICE", "README.md"]));
});

describe("what npm installs with it", () => {
  test("is every runtime dependency and no tool", async () => {
    const top = await readdir(join(installed.folder, "node_modules"), { recursive: false });
    const scoped = await Promise.all(
      top
        .filter((name) => name.startsWith("@"))
        .map(async (scope) =>
          (await readdir(join(installed.folder, "node_modules", scope))).map((name) => `${scope}/${name}`),
        ),
    );
    const names = [...top, ...scoped.flat()];
    for (const name of Object.keys(manifest.dependencies)) expect(names).toContain(name);
    const tools = Object.keys(manifest.devDependencies).filter((name) => !name.startsWith("@types/"));
    for (const name of tools) expect(names).not.toContain(name);
  });
});

describe("without workerd, which only a stack needs", () => {
  test("a command that has to start a stack says how to install it", async () => {
    const { code, stdout, stderr } = await installed.run(["predict", "7"], NO_STACK);
    expect(stderr).toContain(`npm install "workerd@${manifest.peerDependencies.workerd}"`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("compare runs in separate processes", async () => {
    const args = ["compare", "digits", "--backends", "CPU,WASM", "--images", "7", "--json"];
    const { code, stdout } = await installed.run(args);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "DRIFT", total: 1 });
    expect(code).toBe(1);
  });
});

describe("the installed command", () => {
  beforeAll(() => installed.install(`workerd@${manifest.devDependencies["workerd"]}`));

  test("prints its version when run with npx", async () => {
    expect((await installed.npx(["--version"])).stdout.trim()).toBe(manifest.version);
  });

  test("lists its commands, and none that only a checkout can run", async () => {
    const { code, stdout } = await installed.run(["--help"]);
    expect(code).toBe(0);
    for (const name of ["start", "parity", "predict", "trace", "compare", "certify", "exactify"])
      expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    expect(stdout).not.toMatch(/^ {2}dev\b/m);
  });

  test("predicts an image in the current folder, on a temporary stack", async () => {
    await copyFile(join(ROOT, "images", "3.png"), join(installed.folder, "mine.png"));
    const { code, stdout, stderr } = await installed.run(["predict", "7", "mine.png", "--json"], NO_STACK);
    expect(stderr).toContain("starting a temporary one");
    const { answers } = JSON.parse(stdout) as { answers: { prediction: { label: string; backend: string } }[] };
    expect(answers.map(({ prediction }) => prediction)).toMatchObject([
      { label: "7", backend: "WASM" },
      { label: "3", backend: "WASM" },
    ]);
    expect(code).toBe(0);
  });

  test("gives remedies that an installed package can follow", async () => {
    const { code, stdout } = await installed.run(["doctor", "--json"], NO_STACK);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; detail: string }[] };
    const cuda = checks.find(({ name }) => name === "CUDA");
    if (cuda?.state !== "ok") expect(cuda?.detail).toContain("`npx isobit setup-cuda`");
    expect(checks.find(({ name }) => name === "stack")?.detail).toContain("npx isobit start");
    expect(code).toBe(0);
    const sweep = await installed.run(["sweep"], NO_STACK);
    expect(sweep.stderr).toMatch(/^MNIST's test images are not installed\. Give a data set with --inputs .*\n$/);
    expect({ code: sweep.code, stdout: sweep.stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("completes model ids", async () => {
    expect((await installed.run(["completion", "bash"])).code).toBe(0);
    const { stdout } = await installed.run(["complete", "--", "parity", "--model", "digits-"]);
    expect(stdout).toMatch(/^digits-exact\t/);
  });

  test("certifies a shipped model, and explains exactify", async () => {
    expect(await installed.run(["certify", "digits-exact"])).toMatchObject({ code: 0 });
    const { code, stdout } = await installed.run(["exactify", "--help"]);
    expect(stdout).toContain("--calibrate");
    expect(code).toBe(0);
  });
});

describe("both sides, started with a model of one's own that is named by a relative path", () => {
  let running: RunningCommand;
  let edge = "";

  beforeAll(async () => {
    await copyFile(join(ROOT, "models", "digits.onnx"), join(installed.folder, "own.onnx"));
    running = installed.start(["start"], { EDGE_PORT: "0", ORIGIN_PORT: "0", MODEL: "own.onnx" });
    await running.says("Both sides run. Ctrl-C stops them.");
    edge = /Web client {2}(\S+)\//.exec(running.stdout())?.[1] ?? "";
  });

  afterAll(async () => {
    running?.signal("SIGTERM");
    await running?.ended;
  });

  test("serve the page and that model", async () => {
    const page = await fetch(`${edge}/`, { headers: { accept: "text/html" } });
    expect(await page.text()).toContain("<title>isobit");
    const { body } = await ask(edge, '{ models { id } predict(input: { image: "7" }, backend: CPU) { label } }');
    expect(body.data).toMatchObject({ models: [{ id: "own" }, {}, {}], predict: { label: "7" } });
  });

  test("refuse a query that is nested too deep, although npm gives the limiter its own copy of graphql", async () => {
    const { body } = await ask(edge, `{ ${"models { ".repeat(50)} id ${"} ".repeat(51)}`);
    expect(body.errors?.[0]?.extensions.code).toBe("BAD_INPUT");
  });

  test("answer parity, with a report in every format", async () => {
    const args = [
      "--url",
      edge,
      "--backends",
      "WASM,CPU",
      "--model",
      "digits-exact",
      "--report",
      "all",
      "--out",
      "reports",
    ];
    const { code, stdout } = await installed.run(["parity", "--json", ...args]);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "IDENTICAL", total: 10 });
    expect(code).toBe(0);
    expect((await readdir(join(installed.folder, "reports"))).length).toBeGreaterThan(3);
  });

  test("answer trace", async () => {
    const { code, stdout } = await installed.run(["trace", "own", "--url", edge, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "DRIFT", firstDrift: { name: "conv1" } });
    expect(code).toBe(1);
  });

  test("end in order, and leave no process behind", async () => {
    const processes = descendantsOf(running.pid);
    expect(processes.length).toBeGreaterThan(1);
    running.signal("SIGTERM");
    expect((await running.ended).code).toBe(0);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });
});
