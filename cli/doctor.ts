import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { arch, cpus, platform, release } from "node:os";
import type { Command } from "commander";
import { messageOf } from "#core/errors.ts";
import { cpuFeatures } from "#node/cpu-features.ts";
import { packageVersion } from "#node/package-version.ts";
import { typed } from "#node/installation.ts";
import { requireFree } from "#node/ports.ts";
import { findStack, loadModels } from "#library/stack/asked-stack.ts";
import { requireWorkerd } from "#library/stack/require-workerd.ts";
import { checkVariables, portOf, type Variables } from "#library/stack/stack-settings.ts";
import manifest from "../package.json" with { type: "json" };
import { EXIT } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { type Column, textTable } from "./text-table.ts";

const HELP = `
Each backend runs a small model. Something that is missing but not needed is marked "-": the commands work without it.

Examples:
  isobit doctor
  MODEL=cnn.onnx isobit doctor              also checks that the model can be served
  isobit doctor --json | jq '.checks[] | select(.state != "ok")'

${exitCodesHelp({ 0: "isobit is usable", 2: "something needed is missing; the table says what to do" })}`;

interface Check {
  readonly name: string;
  /** optional: missing, and not needed. */
  readonly state: "ok" | "optional" | "missing";
  /** What was found, or why it is missing and what to do. */
  readonly detail: string;
}

/** Registers `doctor`. @param finish takes the exit code */
export function addDoctor(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  program
    .command("doctor")
    .description("Check what isobit needs on this machine: Node, runtimes, backends, folder, ports and stack.")
    .option("--json", "print the checks as JSON instead of the table")
    .addHelpText("after", HELP)
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const checks = await allChecks(variables);
      const usable = checks.every(({ state }) => state !== "missing");
      process.stdout.write(json ? `${JSON.stringify({ usable, checks }, null, 2)}\n` : text(checks, usable));
      finish(usable ? EXIT.OK : EXIT.INCOMPLETE);
    });
}

async function allChecks(variables: Variables): Promise<readonly Check[]> {
  const environment = await attempt("environment", "missing", async () => {
    checkVariables(variables);
    const [model] = await loadModels(variables);
    return `the default model is ${model?.id}`;
  });
  return [
    { name: "isobit", state: "ok", detail: manifest.version },
    { name: "Node", state: "ok", detail: `${process.version} (needs ${manifest.engines.node})` },
    { name: "system", state: "ok", detail: `${platform()} ${release()}, ${arch()}` },
    { name: "CPU", state: "ok", detail: cpuText() },
    ...(await Promise.all(PACKAGES.map(packageCheck))),
    ...(await backendChecks()),
    await attempt("folder", "missing", async () => {
      await access(".", constants.W_OK);
      return `${process.cwd()} is writable`;
    }),
    environment,
    ...(environment.state === "ok" ? await stackChecks(variables) : []),
  ];
}

async function attempt(name: string, otherwise: Check["state"], work: () => Promise<string>): Promise<Check> {
  try {
    return { name, state: "ok", detail: await work() };
  } catch (error) {
    return { name, state: otherwise, detail: messageOf(error) };
  }
}

function cpuText(): string {
  const processors = cpus();
  const features = cpuFeatures()?.join(" ") ?? "not known on this system";
  return `${processors.length} x ${processors[0]?.model.trim() || "unknown"}; features: ${features}`;
}

/** Packages by what needs them. */
const PACKAGES = [
  { name: "onnxruntime-node", state: "missing", use: "CPU and every GPU backend" },
  { name: "onnxruntime-web", state: "missing", use: "WASM" },
  { name: "workerd", state: "optional", use: "the edge of a stack" },
  { name: "sharp", state: "optional", use: "images other than PNG" },
] as const;

function packageCheck({ name, state, use }: (typeof PACKAGES)[number]): Promise<Check> {
  return attempt(name, state, async () => {
    const version = packageVersion(name);
    if (version === null && name === "workerd") requireWorkerd();
    if (version === null) throw new Error(`Not installed; needed for ${use}. Run npm install again.`);
    return version;
  });
}

/** Every backend runs the shipped model on one image; the engine of `compare` says why one cannot. */
async function backendChecks(): Promise<readonly Check[]> {
  try {
    const { compare } = await import("#library/compare/compare.ts");
    const { report } = await compare("digits-exact", { images: ["7"], trace: "none" });
    const failures = new Map(
      report.rows.flatMap(({ outputs }) => outputs.map(({ source, error }) => [source, error?.message])),
    );
    return report.environment.map(({ source, available, reason, device, runtime, runtimeVersion }): Check => {
      const why = failures.get(source) ?? (available ? undefined : (reason ?? "The reason is not known."));
      if (why === undefined)
        return { name: source, state: "ok", detail: `${runtime} ${runtimeVersion}, ${device ?? "unknown device"}` };
      return { name: source, state: source === "WASM" || source === "CPU" ? "missing" : "optional", detail: why };
    });
  } catch (error) {
    return [{ name: "backends", state: "missing", detail: messageOf(error) }];
  }
}

async function stackChecks(variables: Variables): Promise<readonly Check[]> {
  const found = await findStack(variables);
  const ports = (["EDGE_PORT", "ORIGIN_PORT"] as const).map((variable) => {
    const port = portOf(variable, variables);
    return attempt(variable, "optional", async () => {
      if (port === null) return "any free port";
      if (found === null) await requireFree([{ variable, port }]);
      return found === null ? `${port} is free` : `${port}`;
    });
  });
  const stack: Check =
    found === null
      ? { name: "stack", state: "optional", detail: `None runs; ${typed("start")} starts one.` }
      : { name: "stack", state: "ok", detail: found };
  return [...(await Promise.all(ports)), stack];
}

const MARKS = { ok: "ok", optional: "-", missing: "MISSING" } as const;

const COLUMNS: readonly Column<Check>[] = [
  { title: "check", align: "left", cell: ({ name }) => name },
  { title: "state", align: "left", cell: ({ state }) => MARKS[state] },
  { title: "detail", align: "left", cell: ({ detail }) => detail },
];

function text(checks: readonly Check[], usable: boolean): string {
  const missing = checks.filter(({ state }) => state === "missing").map(({ name }) => name);
  return `${textTable(COLUMNS, checks)}\n\n${usable ? "isobit is usable." : `Missing: ${missing.join(", ")}.`}\n`;
}
