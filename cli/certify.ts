import { writeFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { certificateDocument } from "#core/model/certificate-document.ts";
import { type CertifiedAsRun, certifyAsRun, WRITTEN_AGAIN } from "#core/model/certify-as-run.ts";
import { explain } from "#core/certify/explain.ts";
import { messageOf, IsobitError } from "#core/errors.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { type Candidate, readCandidate } from "#library/certify-model.ts";
import { EXIT } from "./exit-codes.ts";
import { parseDeviations, parseNumbers, parseScale } from "./preprocess-options.ts";
import { ownVersion } from "#library/report/own-version.ts";

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

interface CertifyOptions {
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly invert?: boolean;
  readonly anyAlgorithm?: boolean;
  readonly tf32?: boolean;
  readonly webgpu?: boolean;
  readonly output?: string;
  readonly json?: boolean;
}

/** Registers `certify`. @param finish told the exit code */
export function addCertify(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("certify")
    .description("Prove that a model gives the same bits everywhere, or name the first node that may not.")
    .argument("<model>", "path of an .onnx file, or the id of a shipped model")
    .addOption(new Option("--scale <factor>", "factor of the grey levels, e.g. 1 or 1/256").argParser(parseScale))
    .addOption(new Option("--mean <numbers>", "taken off after scaling, one or one a channel").argParser(parseNumbers))
    .addOption(new Option("--std <numbers>", "divided by at last, one or one a channel").argParser(parseDeviations))
    .option("--invert", "dark ink: a grey level g counts as 255 - g")
    .option("--any-algorithm", "refuse what only holds without Winograd and FFT convolutions")
    .option("--tf32", "refuse what only holds without TF32")
    .option("--webgpu", "refuse what ONNX Runtime's WEBGPU is known to compute wrongly")
    .option("-o, --output <file>", "write the certified bytes, which are another file where something was left out")
    .option("--json", "print the certificate as JSON instead of the proof")
    .addHelpText("after", HELP)
    .action(async (model: string, options: CertifyOptions) => finish(await certifyCommand(model, options)));
}

async function certifyCommand(name: string, options: CertifyOptions): Promise<number> {
  const candidate = await unlessUnreadable(async () => await readCandidate(name, (own) => overridden(own, options)));
  const { anyAlgorithm = false, tf32 = false, webgpu = false, json = false, output } = options;
  const proved = certifyAsRun(candidate.model, candidate.preprocess, candidate.shape, { anyAlgorithm, tf32, webgpu });
  if (proved.certified && output !== undefined) await write(output, proved.executed);
  process.stdout.write(
    json ? `${JSON.stringify(report(proved, candidate, name), null, 2)}\n` : text(proved, candidate, name, output),
  );
  return proved.certified ? EXIT.OK : EXIT.FAILED;
}

async function write(output: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(output, bytes);
  } catch (error) {
    throw new IsobitError(
      "INCOMPLETE",
      `${output} cannot be written: ${messageOf(error)}. Give another file with -o.`,
      {
        cause: error,
      },
    );
  }
}

function overridden(own: Preprocess, { scale, mean, std, invert }: CertifyOptions): Preprocess {
  return { scale: scale ?? own.scale, mean: mean ?? own.mean, std: std ?? own.std, invert: invert ?? own.invert };
}

function text(proved: CertifiedAsRun, candidate: Candidate, name: string, output: string | undefined): string {
  const { sha256, executedSha256, adaptations } = subjectOf(proved, candidate);
  const rewritten = executedSha256 !== null && executedSha256 !== sha256 && adaptations.length === 0;
  return `${[
    ...(rewritten ? [WRITTEN_AGAIN] : adaptations).map((sentence) => `Before it runs: ${sentence}`),
    ...explain(proved.certification, name),
    "",
    preprocessText(candidate.preprocess),
    ...(proved.certified ? [`File: SHA-256 ${sha256}`] : []),
    ...(executedSha256 === null || executedSha256 === sha256
      ? []
      : [`Certified bytes: SHA-256 ${executedSha256}, not those of the file.`]),
    ...(output === undefined ? [] : [proved.certified ? `Written: ${output}` : `Nothing was written to ${output}.`]),
  ].join("\n")}\n`;
}

/** What is proved depends on it, and a server has a default of its own. */
function preprocessText({ scale, mean, std, invert }: Preprocess): string {
  const numbers = `scale ${scale}, mean ${mean.join(", ")}, std ${std.join(", ")}${invert ? ", inverted" : ""}`;
  return `Preprocessing: ${numbers}. Serve the model with the same, by MODEL_SCALE and its companions or a sidecar.`;
}

function subjectOf(proved: CertifiedAsRun, { sha256, external, adaptations }: Candidate) {
  if (!proved.certified) return { sha256, executedSha256: null, external, irVersion: null, adaptations };
  const { executed, irVersion } = proved;
  const all = [...adaptations, ...proved.adaptations];
  return { sha256, executedSha256: sha256Hex(executed), external, irVersion, adaptations: all };
}

function report(proved: CertifiedAsRun, candidate: Candidate, model: string): unknown {
  const subject = subjectOf(proved, candidate);
  if (!proved.certified) return { model, subject, ...proved.certification };
  const { executed, irVersion } = proved;
  return certificateDocument(
    proved.certification,
    model,
    { ...subject, executedSha256: sha256Hex(executed), irVersion },
    ownVersion(),
  );
}

async function unlessUnreadable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ModelRejected) throw new IsobitError("INCOMPLETE", error.message, { cause: error });
    throw error;
  }
}
