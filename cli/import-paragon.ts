import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { IsobitError } from "#core/errors.ts";
import { asLibraryError, rejectedAs } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { describeLayer } from "#core/paragon-model/network-builder.ts";
import type { ParagonNetwork } from "#core/paragon-model/network.ts";
import type { SumForm } from "#core/paragon-model/sums.ts";
import { toOnnx } from "#core/paragon-model/to-onnx.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { readParagonJson } from "../models/paragon-json.ts";
import { placeholderJson } from "../models/paragon-placeholder.ts";
import { parseSeed } from "./arguments.ts";
import { outputNamed, requireWritable, unwritable } from "#library/output-file.ts";
import { EXIT } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";

const HELP = `
Paragon is a service that runs digit models of its own JSON format. Sums keep the order in which the file lists them, so
every runtime computes the same bits; --sums matmul leaves the order to each runtime, which is faster and also runs on
WEBGPU. Layers may be fully or locally connected, with any of Paragon's activations, in float32. Replay layers and other
types are refused.

Examples:
  isobit import-paragon model.json -o model.onnx
  MODEL=model.onnx isobit start                         serve it (MODEL_JSON=model.json does both at once)
  isobit import-paragon --placeholder --seed 7 -o model.json    Paragon's untrained placeholder, 10 MB

${exitCodesHelp({ 0: "the file is written", 2: "the model is not in this format" })}`;

interface ImportOptions {
  readonly output: string;
  readonly sums: SumForm;
  readonly placeholder?: boolean;
  readonly seed?: number;
  readonly json?: boolean;
}

/** Registers `import-paragon`. @param finish takes the exit code */
export function addImportParagon(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("import-paragon")
    .description("Convert a model in Paragon's JSON to ONNX, with every sum in its listed order.")
    .argument("[model.json]", "the model; leave it out with --placeholder")
    .requiredOption("-o, --output <file>", "the file to write")
    .addOption(new Option("--sums <form>", "how sums are written").choices(["listed", "matmul"]).default("listed"))
    .option("--placeholder", "write Paragon's untrained placeholder model as JSON instead")
    .option("--seed <number>", "seed of the placeholder's weights (default: 1)", parseSeed)
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async (model: string | undefined, options: ImportOptions) => finish(await run(model, options)));
}

async function run(model: string | undefined, options: ImportOptions): Promise<number> {
  await requireWritable(options.output, outputNamed(options.output));
  if (options.placeholder === true) {
    if (model !== undefined) {
      throw new IsobitError("BAD_OPTION", "--placeholder creates a model. Leave out the model's path.");
    }
    await written(options.output, () => writePlaceholder(options.output, options.seed ?? 1));
    const { output, seed = 1 } = options;
    process.stdout.write(options.json ? `${JSON.stringify({ output, seed }, null, 2)}\n` : `Wrote ${output}\n`);
    return EXIT.OK;
  }
  if (model === undefined) throw new IsobitError("BAD_OPTION", "Give the model's JSON file, or --placeholder.");
  if (options.seed !== undefined) throw new IsobitError("BAD_OPTION", "--seed is for --placeholder only.");
  const network = await unlessRejected(model, () => readParagonJson(model));
  const { model: onnx, notes } = toOnnx(network, options.sums);
  const bytes = writeModel(onnx);
  await written(options.output, () => writeFile(options.output, bytes));
  process.stdout.write(
    options.json === true ? reportJson(network, bytes, notes, options) : reportText(network, bytes, notes, options),
  );
  return EXIT.OK;
}

async function writePlaceholder(path: string, seed: number): Promise<void> {
  const stream = createWriteStream(path);
  for (const piece of placeholderJson(seed)) {
    if (!stream.write(piece)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "finish");
}

function reportText(
  { layers }: ParagonNetwork,
  bytes: Uint8Array,
  notes: readonly string[],
  { output }: ImportOptions,
): string {
  const lines = [
    ...layers.map((layer, index) =>
      index === 0 ? `input    ${layer.width} x ${layer.height}` : `layer ${index}  ${describeLayer(layer)}`,
    ),
    ...notes,
    `Wrote ${output} (${bytes.length} bytes, SHA-256 ${sha256Hex(bytes)})`,
  ];
  return `${lines.join("\n")}\n`;
}

function reportJson(
  { layers }: ParagonNetwork,
  bytes: Uint8Array,
  notes: readonly string[],
  { output, sums }: ImportOptions,
): string {
  const shown = layers.map(({ width, height, activations }) => ({
    width,
    height,
    activations: [...new Set(activations)],
  }));
  return `${JSON.stringify({ output, sha256: sha256Hex(bytes), bytes: bytes.length, sums, layers: shown, notes }, null, 2)}\n`;
}

async function unlessRejected<T>(subject: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asLibraryError(rejectedAs(subject, error));
  }
}

async function written(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw unwritable(outputNamed(path), error);
  }
}
