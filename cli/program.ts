import { Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { parseIds } from "./arguments.ts";
import { addCertify } from "./certify.ts";
import { addCheckCertificate } from "./check-certificate.ts";
import { addCompare } from "./compare.ts";
import { addExactify } from "./exactify.ts";
import { EXIT, exitCodeOfError } from "./exit-codes.ts";
import { IsobitError } from "#core/errors.ts";
import { withFlags } from "./flags.ts";
import { addImportParagon } from "./import-paragon.ts";
import { parity, type ParityOptions } from "./parity.ts";
import { addModelOption, addUrlOption } from "./options/side.ts";
import { addSourceOptions } from "./options/sources.ts";
import { addToleranceOptions } from "./options/tolerance.ts";
import { addReportOptions } from "./report/options.ts";
import { addPredict } from "./predict.ts";
import { addStackCommands } from "./stack-commands.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { addSweep } from "./sweep.ts";
import { addTrace } from "./trace.ts";

const PARITY_HELP = `
Examples:
  isobit parity                                 the ten digits on every available backend
  isobit parity --images 3,7 --backends WASM,CPU
  PEERS=go=paragon+http://127.0.0.1:8003 isobit parity --peer go
  PEERS="go=paragon+http://127.0.0.1:8003;concurrency=4" isobit parity --peer go    4 calls at once (default: 1;
                                                oip peers: 4)
  isobit parity --abs 1e-5 --ulp 4              how much difference passes; any one of the bounds suffices
  isobit parity --url https://edge.example.org --out reports
  isobit parity --report html,junit,md          and more formats than JSON and CSV; "all" of them
  isobit parity --save golden.json              keep today's bits, and on another day or machine
  isobit parity --against golden.json           see whether they are still the same
  npm run --silent parity -- --json | jq .verdict

Exit codes:
  0   every bit is the same, or within the tolerance asked for
  1   drift
  2   incomplete: a backend or an image failed, a peer gave two answers to the same request, or fewer than two
      sources answered
  3   a certificate is violated: bits differ where a proof says that they cannot
  64  bad usage
  70  a defect of isobit itself
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
    if (error instanceof IsobitError) {
      process.stderr.write(`${withFlags(error.message)}\n`);
      return exitCodeOfError(error);
    }
    process.stderr.write(`This is a defect of isobit:\n${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.DEFECT;
  }
}

function describeProgram(variables: Variables, finish: (exitCode: number) => void): Command {
  const program = new Command("isobit")
    .description("The same bits on every backend, or the exact place where they part.")
    .version(manifest.version, "-V, --version", "print isobit's version")
    .exitOverride()
    .showHelpAfterError("(--help lists what there is)");

  const parityCommand = addReportOptions(program.command("parity")).description(
    "Run the same images on several backends and compare their logits bit by bit.",
  );
  addUrlOption(parityCommand).option("--images <ids>", "built-in images, e.g. 3,7; else all", parseIds);
  addSourceOptions(parityCommand, "every other backend that is available");
  addModelOption(parityCommand);
  addToleranceOptions(parityCommand, "float32 steps")
    .option("--json", "print the report as JSON instead of the table")
    .option("--verbose", "print every probability vector too")
    .addHelpText("after", PARITY_HELP)
    .action(async (options: ParityOptions) => finish(await parity(options, variables)));

  addPredict(program, variables, finish);
  addTrace(program, variables, finish);
  addCompare(program, finish);
  addSweep(program, variables, finish);
  addCertify(program, finish);
  addCheckCertificate(program, finish);
  addExactify(program, finish);
  addImportParagon(program, finish);

  addStackCommands(program, variables, finish);

  return program;
}
