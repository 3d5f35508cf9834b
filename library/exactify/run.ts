import { rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { certifyAsRun } from "#core/model/certify-as-run.ts";
import { messageOf, IsobitError, type LibraryError } from "#core/errors.ts";
import { floatRunnable } from "#core/exactify/check-folding.ts";
import { exactify, type Exactified } from "#core/exactify/exactify.ts";
import { runnable } from "#core/exactify/session.ts";
import { Untreatable } from "#core/exactify/untreatable.ts";
import type { ModelDescription } from "#core/model/model.ts";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { EXIT } from "#cli/exit-codes.ts";
import { compareModels } from "./measure.ts";
import { readImages, WHAT_TO_GIVE, type ImageSet } from "./images.ts";
import {
  alreadyExactAsJson,
  renderAlreadyExact,
  renderReport,
  reportAsJson,
  type ExactifyReport,
} from "#cli/exactify/report.ts";
import { openNative } from "./sessions.ts";
import { readSourceModel, type PreprocessOptions } from "./source-model.ts";

/** As the command line gives them. */
export interface ExactifyOptions extends PreprocessOptions {
  readonly calibrate?: string;
  readonly labelled?: string;
  readonly out?: string;
  readonly allowStride1?: boolean;
  readonly json?: boolean;
}

/**
 * `isobit exactify`.
 * @returns the exit code
 * @throws IsobitError
 */
export async function exactifyCommand(model: string, options: ExactifyOptions): Promise<number> {
  try {
    return await runExactify(model, options);
  } catch (error) {
    if (!(error instanceof Untreatable) && !(error instanceof ModelRejected)) throw error;
    throw new IsobitError("INCOMPLETE", error.message, { cause: error });
  } finally {
    tell("");
  }
}

/**
 * Reads, makes exact, certifies, measures, writes.
 * @returns the exit code
 * @throws IsobitError
 */
async function runExactify(path: string, options: ExactifyOptions): Promise<number> {
  const { calibrate } = options;
  if (calibrate === undefined)
    throw new IsobitError(
      "BAD_OPTION",
      `exactify needs images to measure ranges on. Give by --calibrate ${WHAT_TO_GIVE}.`,
    );
  const out = options.out ?? `${basename(path, extname(path))}-exact.onnx`;
  if (resolve(out) === resolve(path))
    throw new IsobitError("BAD_OPTION", `${out} is the model itself. Give another file by -o.`);
  const { info, executed } = await readSourceModel(path, options);
  const shape = [-1, ...info.input.shape.slice(1)];
  const { certification: already } = certifyAsRun(readModel(executed), info.preprocess, shape);
  if (already.certified) {
    process.stdout.write(options.json ? alreadyExactAsJson(path, already) : renderAlreadyExact(path, already));
    return EXIT.OK;
  }
  // Before minutes of work that would be lost.
  await requireWritable(out);
  const calibration = await readImages(calibrate, "calibrate", info);
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
  const { certification } = certifyAsRun(readModel(exact.bytes), exact.preprocess, shape, {
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
    images: judges.source,
    comparison,
  };
  process.stdout.write(options.json ? reportAsJson(report) : renderReport(report));
  return certification.certified ? EXIT.OK : EXIT.FAILED;
}

async function labelledSet(
  { labelled, calibrate }: ExactifyOptions,
  calibration: ImageSet,
  info: ModelDescription,
): Promise<ImageSet> {
  if (labelled === undefined) return calibrate === "mnist" ? await readImages("mnist", "labelled", info) : calibration;
  const set = await readImages(labelled, "labelled", info);
  if (set.labels !== null) return set;
  throw new IsobitError(
    "INCOMPLETE",
    `${labelled} does not say which label each image has. Put them in subfolders named by label, or the IDX file of labels beside the images'.`,
  );
}

/** The sidecar says how the model takes its images, so that MODEL=<out> serves it as it is. */
async function write(out: string, { bytes, preprocess }: Exactified, { labels }: ModelDescription): Promise<void> {
  const plain = labels.every((label, index) => label === String(index));
  try {
    await writeFile(`${out}.part`, bytes);
    await rename(`${out}.part`, out);
    await writeFile(`${out}.json`, `${JSON.stringify({ ...preprocess, ...(plain ? {} : { labels }) })}\n`);
  } catch (error) {
    throw unwritable(out, error);
  }
}

async function requireWritable(out: string): Promise<void> {
  try {
    await writeFile(`${out}.part`, "");
    await rm(`${out}.part`);
    const there = await stat(out).catch(() => undefined);
    if (there && !there.isFile()) throw new Error("it is a folder or a device");
  } catch (error) {
    throw unwritable(out, error);
  }
}

function unwritable(out: string, error: unknown): LibraryError {
  const { code } = error as NodeJS.ErrnoException;
  const why =
    code === "ENOENT" ? "its folder is not there" : code === "EACCES" ? "this user may not" : messageOf(error);
  return new IsobitError("INCOMPLETE", `${out} cannot be written: ${why}. Give another file by -o.`, { cause: error });
}

/** One line that rewrites itself, on a terminal alone. */
function tell(sentence: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${sentence}`);
}
