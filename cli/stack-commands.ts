import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Command } from "commander";
import { shownDefault, VARIABLES, variablesOf } from "#core/variables.ts";
import { IS_CHECKOUT, scriptPath } from "#node/installation.ts";
import { EXIT } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { developmentSides, productionSides } from "#library/stack/side-commands.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { start } from "./start.ts";

function startHelp(name: "start" | "dev"): string {
  const variables = variablesOf("edge", "origin", "models", ...(name === "dev" ? (["dev"] as const) : []));
  const width = Math.max(...variables.map(({ length }) => length)) + 2;
  const lines = variables.map(
    (each) => `  ${each.padEnd(width)}${VARIABLES[each].help} (default: ${shownDefault(each)})`,
  );
  return `
Environment:
${lines.join("\n").replaceAll("`", "")}

Examples:
  isobit ${name}
  MODEL=exact.onnx EDGE_PORT=9000 ORIGIN_PORT=0 isobit ${name}      0: any free port

${exitCodesHelp({ 0: "stopped by Ctrl-C or SIGTERM", 2: "a port is taken, a side cannot start, or a side crashed four times within a minute", 64: "bad usage, or a variable with a bad value", 130: "a second Ctrl-C ended it at once" })}`;
}

const SETUP_CUDA_HELP = `
Examples:
  isobit setup-cuda                               downloads the libraries with pip
  isobit setup-cuda --from onnxruntime_gpu.whl

${exitCodesHelp({ 0: "the libraries are in place", 2: "they are not, and nothing was changed" })}`;

/** Registers `start`, `dev` and `setup-cuda`. @param finish takes the exit code */
export function addStackCommands(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  program
    .command("start")
    .description("Start the edge and the origin as they run in production; Ctrl-C stops them.")
    .addHelpText("after", startHelp("start"))
    .action(async () => finish(await start(variables, productionSides)));

  // Needs the sources and development dependencies, which an installed package lacks.
  if (IS_CHECKOUT) {
    program
      .command("dev")
      .description("Start both sides, restart them when a source changes, and serve a page that reloads.")
      .addHelpText("after", startHelp("dev"))
      .action(async () => finish(await start(variables, developmentSides, { reloading: true })));
  }

  program
    .command("setup-cuda")
    .description("Install ONNX Runtime's CUDA libraries, on a machine with an NVIDIA GPU.")
    .option("--from <path>", "folder or onnxruntime-gpu wheel that contains them, instead of a download with pip")
    .option("--into <folder>", "where they go (default: the folder of onnxruntime-node)")
    .option("--force", "continue without a GPU; only together with --from")
    .addHelpText("after", SETUP_CUDA_HELP)
    .action(async (options: CudaOptions) => finish(await setUpCuda(options)));
}

interface CudaOptions {
  readonly from?: string;
  readonly into?: string;
  readonly force?: boolean;
}

/** Runs the origin's own script, which writes to this terminal. @returns its exit code */
async function setUpCuda({ from, into, force }: CudaOptions): Promise<number> {
  const args = [
    ...(from === undefined ? [] : ["--from", from]),
    ...(into === undefined ? [] : ["--into", into]),
    ...(force === true ? ["--force"] : []),
  ];
  const child = spawn(process.execPath, [scriptPath("origin/setup-cuda"), ...args], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? EXIT.INTERRUPTED;
}
