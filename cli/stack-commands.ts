import type { Command } from "commander";
import { shownDefault, VARIABLES, variablesOf } from "#core/variables.ts";
import { EXIT } from "./exit-codes.ts";
import { IS_CHECKOUT } from "#node/installation.ts";
import { setUpCuda, type CudaOptions } from "./setup-cuda.ts";
import { developmentSides, productionSides } from "#library/stack/side-commands.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { start } from "./start.ts";

function startHelp(name: "start" | "dev"): string {
  const variables = variablesOf("edge", "origin", "models", ...(name === "dev" ? (["dev"] as const) : []));
  const lines = variables.map((each) => `  ${each.padEnd(14)}${VARIABLES[each].help} (default: ${shownDefault(each)})`);
  return `
Environment:
${lines.join("\n").replaceAll("`", "")}

To end it from a script, signal isobit itself: npx does not pass SIGTERM on.

Examples:
  isobit ${name}
  MODEL=exact.onnx EDGE_PORT=9000 ORIGIN_PORT=0 isobit ${name}      0: any free port

Exit codes:
  0   stopped by Ctrl-C or SIGTERM
  1   a port is taken, a side cannot start, or one died four times within a minute
  64  bad usage
`;
}

const SETUP_CUDA_HELP = `
Examples:
  isobit setup-cuda                               pip downloads the libraries
  isobit setup-cuda --from onnxruntime_gpu.whl

Exit codes:
  0   the libraries are in place
  1   they are not, and nothing was changed
  64  bad usage
`;

/** Registers what starts and prepares the two sides. @param finish told the exit code */
export function addStackCommands(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  program
    .command("start")
    .description("Start both sides as they run in production; Ctrl-C stops them.")
    .addHelpText("after", startHelp("start"))
    .action(async () => finish(await start(variables, productionSides)));

  // It needs the sources and development dependencies, which the installed package does not have.
  if (IS_CHECKOUT) {
    program
      .command("dev")
      .description("Start both sides again whenever a source changes, and serve a page that reloads.")
      .addHelpText("after", startHelp("dev"))
      .action(async () => finish(await start(variables, developmentSides, { reloading: true })));
  }

  program
    .command("setup-cuda")
    .description("Put ONNX Runtime's CUDA libraries in place, on a machine with an NVIDIA GPU.")
    .option("--from <path>", "a folder or an onnxruntime-gpu wheel that has them, instead of downloading by pip")
    .option("--into <folder>", "elsewhere than beside onnxruntime-node")
    .option("--force", "go on without a GPU; only together with --from")
    .addHelpText("after", SETUP_CUDA_HELP)
    .action(async (options: CudaOptions) => finish((await setUpCuda(options)) ?? EXIT.INTERRUPTED));
}
