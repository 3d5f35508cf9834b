import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import type { CheckedFile } from "#core/check/file.ts";
import { hasRepeatedKeys } from "#core/check/repeated-keys.ts";
import { messageOf, IsobitError } from "#core/errors.ts";
import { asLibraryError, rejectedAs } from "#core/onnx/rejected.ts";
import { EXIT } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { readIfThere, readRegularFile } from "#library/model-file.ts";

const HELP = `
The checker shares no rule with the prover behind "isobit certify", only the code that reads, adapts and writes ONNX files.
It verifies that the certificate matches the model, and derives every claim anew from the claims about each node's
inputs. It does not verify the model's name, isobit's version, or the wording of reasons and assumptions.

Examples:
  isobit certify model.onnx --json > certificate.json && isobit check-certificate model.onnx certificate.json
  isobit check-certificate model.onnx certificate.json --json | jq .reason

${exitCodesHelp({ 0: "accepted", 1: "rejected, with the node, tensor or key that does not hold", 2: "a file is not an ONNX model, or not JSON" })}`;

interface Options {
  readonly json?: boolean;
}

/** Registers `check-certificate`. @param finish takes the exit code */
export function addCheckCertificate(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("check-certificate")
    .description("Verify a certificate independently of the prover, or name the first claim that does not hold.")
    .argument("<model>", "path of an .onnx file, such as models/digits-exact.onnx in the checkout")
    .argument("<certificate>", "path of the JSON that `certify --json` printed")
    .option("--json", "print the verdict as JSON")
    .addHelpText("after", HELP)
    .action(async (model: string, certificate: string, options: Options) => {
      finish(await checkCertificateCommand(model, certificate, options));
    });
}

async function checkCertificateCommand(model: string, certificate: string, { json = false }: Options): Promise<number> {
  const checked = await check(model, certificate);
  const verdict = json
    ? JSON.stringify({ model, certificate, ...checked }, null, 2)
    : sentence(model, certificate, checked);
  process.stdout.write(`${verdict}\n`);
  return checked.accepted ? EXIT.OK : EXIT.DRIFT;
}

function sentence(model: string, certificate: string, checked: CheckedFile): string {
  if (!checked.accepted) return `${certificate} is REJECTED at ${checked.where}: ${checked.reason}`;
  const accepted = `${certificate} is accepted: its claims, domain and coverage follow from ${model}.`;
  if (checked.sourceChecked) return accepted;
  return `${accepted} These are the bytes that run. The file that they come from, its adaptations and its external files were not checked.`;
}

async function check(model: string, certificate: string): Promise<CheckedFile> {
  try {
    const document = parse(certificate, await readRegularFile(certificate));
    const bytes = await readRegularFile(model);
    const folder = dirname(resolve(model));
    const { checkFile } = await import("#core/check/file.ts");
    return await checkFile(bytes, async (location) => await readIfThere(resolve(folder, location)), document).catch(
      (error: unknown) => {
        throw rejectedAs(model, error);
      },
    );
  } catch (error) {
    throw asLibraryError(error);
  }
}

function parse(path: string, bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!hasRepeatedKeys(text, value)) return value;
    throw new SyntaxError("an object in it has a duplicate key");
  } catch (error) {
    throw new IsobitError("INCOMPLETE", `${path} cannot be read as JSON: ${messageOf(error)}.`, { cause: error });
  }
}
