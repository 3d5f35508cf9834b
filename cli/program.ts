import { Command, CommanderError } from "commander";
import { parseBackend, parseBackends, parseBound, parseIds, parseSideUrl, parseUlp } from "./arguments.ts";
import { addCertify } from "./certify.ts";
import { addExactify } from "./exactify.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { parity, type ParityOptions } from "./parity.ts";
import { developmentSides, productionSides } from "./side-commands.ts";
import type { Variables } from "./stack-settings.ts";
import { start } from "./start.ts";

const PARITY_HELP = `
Examples:
  isobit parity                                 the ten digits on every available backend
  isobit parity --images 3,7 --backends WASM,CPU
  isobit parity --abs 1e-5 --ulp 4              how much difference passes; any one of the bounds suffices
  isobit parity --url https://edge.example.org --out reports
  npm run --silent parity -- --json | jq .verdict

Exit codes:
  0   every bit is the same, or within the tolerance asked for
  1   drift
  2   incomplete: a backend or an image failed, only one backend took part, or nobody answered
  3   a certificate is violated: bits differ where a proof says that they cannot
  64  bad usage
  70  a defect of isobit itself
`;

const START_HELP = `
Environment: EDGE_PORT (8787), ORIGIN_PORT (4000), ORIGIN_TOKEN (random), ORIGIN_PUBLIC (1), MODEL=/path/to/model.onnx

Exit codes:
  0   stopped by Ctrl-C or SIGTERM
  1   a port is taken, a side cannot start, or one died four times within a minute
  64  bad usage
`;

/**
 * Runs one command line.
 * @param args what follows the program's name
 * @returns the exit code, once all that was started has ended
 */
export async function run(args: readonly string[], variables: Variables): Promise<number> {
  let exitCode: number = EXIT.OK;
  const program = describeProgram(variables, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.BAD_USAGE;
    if (error instanceof Failure) {
      process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    process.stderr.write(`This is a defect of isobit:\n${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.DEFECT;
  }
}

function describeProgram(variables: Variables, finish: (exitCode: number) => void): Command {
  const program = new Command("isobit")
    .description("The same bits on every backend, or the exact place where they part.")
    .exitOverride()
    .showHelpAfterError("(--help lists what there is)");

  program
    .command("parity")
    .description("Run the same images on several backends and compare their logits bit by bit.")
    .option(
      "--url <address>",
      "the side to ask; else the stack on EDGE_PORT, else one started for this question",
      parseSideUrl,
    )
    .option("--images <ids>", "built-in images, e.g. 3,7; else all", parseIds)
    .option("--backends <names>", "e.g. WASM,CPU; else WASM, CPU and whatever else is available", parseBackends)
    .option("--reference <backend>", "what the others are compared with; else CPU", parseBackend)
    .option("--model <id>", "else the default model")
    .option("--abs <bound>", "largest absolute difference that passes", parseBound)
    .option("--rel <bound>", "largest difference that passes, as a share of the reference", parseBound)
    .option("--ulp <count>", "most float32 steps that pass", parseUlp)
    .option("--out <folder>", "where parity_report.json and parity_summary.csv go", ".")
    .option("--json", "print the report as JSON instead of the table")
    .option("--verbose", "print every probability vector too")
    .addHelpText("after", PARITY_HELP)
    .action(async (options: ParityOptions) => finish(await parity(options, variables)));

  addCertify(program, finish);
  addExactify(program, finish);

  program
    .command("start")
    .description("Build and start both sides as they run in production; Ctrl-C stops them.")
    .addHelpText("after", START_HELP)
    .action(async () => finish(await start(variables, productionSides)));

  program
    .command("dev")
    .description("Start both sides so that they reload when a source changes.")
    .addHelpText("after", START_HELP)
    .action(async () => finish(await start(variables, developmentSides)));

  return program;
}
