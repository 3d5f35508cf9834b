import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { explain } from "#core/certify/explain.ts";
import { WRITTEN_AGAIN } from "#core/model/certify-as-run.ts";
import type { CertifyOptions, CertifyResult } from "#library/certify/certify.ts";
import { outputNamed, requireWritable, unwritable } from "#library/output-file.ts";
import { EXIT } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { given } from "./given.ts";
import { addPreprocessOptions, type PreprocessOptions } from "./options/preprocess.ts";

const HELP = `
The result holds for grey levels 0 to 255, fed with one preprocessing: that of the manifest for a shipped model, otherwise
that of the sidecar <model file>.json, otherwise that in the file itself (exactify writes it), otherwise unscaled
(scale 1, mean 0, std 1). The options above override it. A warning says so if isobit would serve the model with another
preprocessing, such as its default scale 1/255.

Examples:
  isobit certify digits-exact
  isobit certify model.onnx --scale 1/256             grey levels divided by 256
  isobit certify model.onnx --any-algorithm --tf32    also for CUDA, with any cuDNN algorithm
  isobit certify model.onnx --json > certificate.json   a file for isobit check-certificate
  isobit certify model.onnx -o certified.onnx         the bytes that the certificate covers
  isobit certify model.onnx --json | jq .firstFailure

${exitCodesHelp({ 0: "certified", 1: "not certified", 2: "the file is not an ONNX model" })}`;

interface CertifyCommandOptions extends PreprocessOptions, Pick<CertifyOptions, "anyAlgorithm" | "tf32" | "webgpu"> {
  readonly output?: string;
  readonly json?: boolean;
}

/** Registers `certify`. @param finish called with the exit code */
export function addCertify(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("certify")
    .description("Prove that a model gives the same bits everywhere, or name the first node that may not.")
    .argument("<model>", "path of an .onnx file, or the id of a shipped model");
  addPreprocessOptions(command)
    .option("--any-algorithm", "require the proof to hold for Winograd and FFT convolutions too")
    .option("--tf32", "require the proof to hold for TF32 too")
    .option("--webgpu", "refuse nodes that ONNX Runtime's WEBGPU is known to compute wrongly")
    .option("-o, --output <file>", "write the certified bytes, which differ from the file if something was left out")
    .option("--json", "print the certificate as JSON instead of the proof")
    .addHelpText("after", HELP)
    .action(async (model: string, options: CertifyCommandOptions) => finish(await certifyCommand(model, options)));
}

async function certifyCommand(name: string, options: CertifyCommandOptions): Promise<number> {
  const { output, json = false, scale, mean, std, invert, ...bars } = options;
  if (output !== undefined) await requireWritable(output, outputNamed(output));
  const { certify } = await import("#library/certify/certify.ts");
  const result = await certify(name, { ...bars, preprocess: given({ scale, mean, std, invert }) });
  if (result.executed !== null && output !== undefined) await write(output, result.executed);
  process.stdout.write(json ? `${JSON.stringify(result.document, null, 2)}\n` : text(result, name, output));
  if (result.warning !== null) process.stderr.write(`${result.warning}\n`);
  return result.certification.certified ? EXIT.OK : EXIT.DRIFT;
}

async function write(output: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(output, bytes);
  } catch (error) {
    throw unwritable(outputNamed(output), error);
  }
}

function text({ certification, subject, judged }: CertifyResult, name: string, output: string | undefined): string {
  const { certified } = certification;
  const { sha256, executedSha256, adaptations } = subject;
  const rewritten = executedSha256 !== null && executedSha256 !== sha256 && adaptations.length === 0;
  return `${[
    ...(rewritten ? [WRITTEN_AGAIN] : adaptations).map((sentence) => `Before it runs: ${sentence}`),
    ...explain(certification, name),
    "",
    judged,
    ...(certified ? [`File: SHA-256 ${sha256}`] : []),
    ...(executedSha256 === null || executedSha256 === sha256
      ? []
      : [`Certified bytes: SHA-256 ${executedSha256}, not those of the file.`]),
    ...(output === undefined ? [] : [certified ? `Wrote ${output}.` : `Nothing was written to ${output}.`]),
  ].join("\n")}\n`;
}
