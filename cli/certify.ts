import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { explain } from "#core/certify/explain.ts";
import { messageOf, IsobitError } from "#core/errors.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { WRITTEN_AGAIN } from "#core/model/certify-as-run.ts";
import type { CertifyOptions, CertifyResult } from "#library/certify/certify.ts";
import { EXIT } from "./exit-codes.ts";
import { given } from "./given.ts";
import { addPreprocessOptions, type PreprocessOptions } from "./options/preprocess.ts";

const HELP = `
The proof speaks of the grey levels 0 to 255 as the model is fed them: as the manifest says for a shipped model, as the
sidecar <model file>.json says where there is one, as the file itself says (exactify writes it), else unscaled. The options below override either.

Examples:
  isobit certify digits-exact
  isobit certify model.onnx --scale 0.00390625        grey levels over 256
  isobit certify model.onnx --any-algorithm --tf32    for CUDA as well, whatever cuDNN picks
  isobit certify model.onnx --json > certificate.json      for isobit check-certificate
  isobit certify model.onnx -o certified.onnx         the bytes that the certificate speaks of
  isobit certify model.onnx --json | jq .firstFailure

Exit codes:
  0   certified
  1   not certified
  2   the file cannot be read, or is no ONNX model
  64  bad usage
`;

interface CertifyCommandOptions extends PreprocessOptions, Pick<CertifyOptions, "anyAlgorithm" | "tf32" | "webgpu"> {
  readonly output?: string;
  readonly json?: boolean;
}

/** Registers `certify`. @param finish told the exit code */
export function addCertify(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("certify")
    .description("Prove that a model gives the same bits everywhere, or name the first node that may not.")
    .argument("<model>", "path of an .onnx file, or the id of a shipped model");
  addPreprocessOptions(command)
    .option("--any-algorithm", "refuse what only holds without Winograd and FFT convolutions")
    .option("--tf32", "refuse what only holds without TF32")
    .option("--webgpu", "refuse what ONNX Runtime's WEBGPU is known to compute wrongly")
    .option("-o, --output <file>", "write the certified bytes, which are another file where something was left out")
    .option("--json", "print the certificate as JSON instead of the proof")
    .addHelpText("after", HELP)
    .action(async (model: string, options: CertifyCommandOptions) => finish(await certifyCommand(model, options)));
}

async function certifyCommand(name: string, options: CertifyCommandOptions): Promise<number> {
  const { output, json = false, scale, mean, std, invert, ...bars } = options;
  const { certify } = await import("#library/certify/certify.ts");
  const result = await certify(name, { ...bars, preprocess: given({ scale, mean, std, invert }) });
  if (result.executed !== null && output !== undefined) await write(output, result.executed);
  process.stdout.write(json ? `${JSON.stringify(result.document, null, 2)}\n` : text(result, name, output));
  return result.certification.certified ? EXIT.OK : EXIT.DRIFT;
}

async function write(output: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(output, bytes);
  } catch (error) {
    const message = `${output} cannot be written: ${messageOf(error)}. Give another file with -o.`;
    throw new IsobitError("INCOMPLETE", message, { cause: error });
  }
}

function text({ certification, subject, preprocess }: CertifyResult, name: string, output: string | undefined): string {
  const { certified } = certification;
  const { sha256, executedSha256, adaptations } = subject;
  const rewritten = executedSha256 !== null && executedSha256 !== sha256 && adaptations.length === 0;
  return `${[
    ...(rewritten ? [WRITTEN_AGAIN] : adaptations).map((sentence) => `Before it runs: ${sentence}`),
    ...explain(certification, name),
    "",
    preprocessText(preprocess),
    ...(certified ? [`File: SHA-256 ${sha256}`] : []),
    ...(executedSha256 === null || executedSha256 === sha256
      ? []
      : [`Certified bytes: SHA-256 ${executedSha256}, not those of the file.`]),
    ...(output === undefined ? [] : [certified ? `Wrote ${output}.` : `Nothing was written to ${output}.`]),
  ].join("\n")}\n`;
}

/** What is proved depends on it, and a server has a default of its own. */
function preprocessText({ scale, mean, std, invert }: Preprocess): string {
  const numbers = `scale ${scale}, mean ${mean.join(", ")}, std ${std.join(", ")}${invert ? ", inverted" : ""}`;
  return `Preprocessing: ${numbers}. Serve the model with the same, by MODEL_SCALE and its companions or a sidecar.`;
}
