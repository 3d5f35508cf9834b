import { Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { addCertify } from "./certify.ts";
import { addCheckCertificate } from "./check-certificate.ts";
import { addCompare } from "./compare.ts";
import { addCompleter, addCompletion } from "./completion.ts";
import { addDoctor } from "./doctor.ts";
import { addExactify } from "./exactify.ts";
import { EXIT, exitCodeOfError } from "./exit-codes.ts";
import { IsobitError } from "#core/errors.ts";
import { withFlags } from "./flags.ts";
import { addImportParagon } from "./import-paragon.ts";
import { addParity } from "./parity.ts";
import { addPredict } from "./predict.ts";
import { addStackCommands } from "./stack-commands.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { addSweep } from "./sweep.ts";
import { addTrace } from "./trace.ts";

/**
 * Runs one command line.
 * @param args the arguments after the program's name
 * @returns the exit code, once everything that was started has ended
 */
export async function run(args: readonly string[], variables: Variables): Promise<number> {
  let exitCode: number = EXIT.OK;
  const program = describeProgram(variables, (code) => (exitCode = code));
  try {
    if (args[0] === "complete") await addCompleter(program);
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.BAD_USAGE;
    if (error instanceof IsobitError) {
      process.stderr.write(`${withFlags(error.message)}\n`);
      return exitCodeOfError(error);
    }
    process.stderr.write(defectText(error));
    return EXIT.DEFECT;
  }
}

export function defectText(error: unknown): string {
  return `This is a defect of isobit:\n${error instanceof Error ? error.stack : String(error)}\n`;
}

function describeProgram(variables: Variables, finish: (exitCode: number) => void): Command {
  const program = new Command("isobit")
    .description("Compare ONNX models bit by bit across backends, and find the node where they differ.")
    .version(manifest.version, "-V, --version", "print isobit's version")
    .exitOverride()
    .showHelpAfterError("(isobit --help lists the commands and options)");
  addParity(program, variables, finish);
  addPredict(program, variables, finish);
  addTrace(program, variables, finish);
  addCompare(program, finish);
  addSweep(program, variables, finish);
  addCertify(program, finish);
  addCheckCertificate(program, finish);
  addExactify(program, finish);
  addImportParagon(program, finish);
  addStackCommands(program, variables, finish);
  addDoctor(program, variables, finish);
  addCompletion(program);
  return program;
}
