import { readdir, stat } from "node:fs/promises";
import { extname } from "node:path";
import type { ImageModel } from "#core/model/model.ts";
import { asLibraryError, quoted, UnreadableFile } from "#core/onnx/rejected.ts";
import { IsobitError } from "#core/errors.ts";
import { type FiledArray, openNpy, openNpz } from "./array-file.ts";
import { arrayRows } from "./array-rows.ts";
import { unknownDims } from "./dim-sizes.ts";
import { openExpected, withExpected } from "./expected-outputs.ts";
import type { InputOptions } from "./input-options.ts";
import { inputSet, type InputRow, type InputSet, type InputTarget } from "./input-set.ts";
import { openDataSets, openTensorFile } from "./onnx-data-set.ts";
import { idxImages, isIdxName } from "./idx-images.ts";
import { givenArrays } from "./given-arrays.ts";
import { builtInDigits, isImageFile, imageFile, imageFolder } from "./images.ts";
import { randomInputs } from "./random.ts";
import { refusedInput } from "./refused.ts";
import { unreadable } from "../model-file.ts";

const DEFAULT_RANDOM = 10;
const DEFAULT_SEED = 1;
const DIGIT_SIDE_PX = 28;

const WHAT_TO_GIVE =
  "a folder of images, an image, an IDX file, an .npy or .npz file, a folder test_data_set_N or one that holds some, or <input>=<file.npy>";

/**
 * Opens the inputs that were asked for; default: the built-in digits for a model that takes images of their
 * size, one run for a model without inputs, and random numbers for every other. They are read one by one, as they are iterated.
 * @throws IsobitError where they cannot be read, or do not fit the model
 */
export async function openInputs(options: InputOptions, target: InputTarget): Promise<InputSet> {
  const { images, inputs, tensors, random } = options;
  const given = Object.entries({ images, inputs, tensors, random }).filter(([, each]) => each !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(" and ");
    throw new IsobitError("BAD_OPTION", `${names} are different inputs. Give one of them.`);
  }
  const unknown = unknownDims(target.inputs, options.dims ?? {});
  if (unknown.length > 0) {
    const list = target.inputs.flatMap(({ dimNames }) => dimNames.filter((name) => name !== null));
    throw new IsobitError(
      "BAD_OPTION",
      `No input has a dynamic dimension ${unknown.map(quoted).join(", ")}. ${list.length > 0 ? `Named ones: ${[...new Set(list)].join(", ")}.` : "Name one by its place, e.g. <input>.1=16."}`,
    );
  }
  try {
    const opened = await open(options, target);
    const set = target.classifier !== null && !givesTensors(options) ? { ...opened, ofImages: true } : opened;
    const saved = options.expected && (await openExpected(options.expected, target));
    return limited(saved ? await withExpected(set, saved, target) : set, options.limit);
  } catch (error) {
    throw asLibraryError(error);
  }
}

/** For a classifier of images, every other source gives images. */
function givesTensors({ tensors, inputs = [] }: InputOptions): boolean {
  return tensors !== undefined || inputs.some((path) => /\.(npy|npz|pb)$/i.test(path));
}

async function open(options: InputOptions, target: InputTarget): Promise<InputSet> {
  const { images, inputs, random } = options;
  const { classifier } = target;
  if (inputs !== undefined) return await openPaths(inputs, options, target);
  if (options.tensors !== undefined)
    return arrayRows(target, givenArrays(options.tensors, target), {
      source: "tensors",
      whole: options.whole === true,
    });
  if (images !== undefined) return await builtInDigits(needImages(target, "images"), images);
  const digits =
    classifier !== null && classifier.input.width === DIGIT_SIDE_PX && classifier.input.height === DIGIT_SIDE_PX;
  if (random === undefined && digits) return await builtInDigits(classifier, undefined);
  if (random === undefined && target.inputs.length === 0) return noInput();
  return randomInputs(target, {
    count: random ?? DEFAULT_RANDOM,
    seed: options.seed ?? DEFAULT_SEED,
    dims: options.dims ?? {},
    range: options.range ?? null,
  });
}

/** A model without inputs gives the same outputs each time, so one run is enough. */
function noInput(): InputSet {
  return inputSet(1, "none, as the model has no inputs", async function* rows() {
    yield { id: "none", feeds: new Map(), expected: null, expectedOutputs: null };
  });
}

async function openPaths(paths: readonly string[], options: InputOptions, target: InputTarget): Promise<InputSet> {
  const whole = options.whole === true;
  const [first, ...others] = paths;
  const named = await namedArrays(paths, target);
  if (named !== null) return arrayRows(target, named, { source: paths.join(", "), whole });
  if (first === undefined || others.length > 0)
    throw new IsobitError("BAD_OPTION", `Give one path as inputs, or one <input>=<file.npy> for each input.`);
  return await openPath(first, whole, target);
}

async function openPath(path: string, whole: boolean, target: InputTarget): Promise<InputSet> {
  if (path === "mnist") return await idxImages(path, needImages(target, path));
  const found = await stat(path).catch((error: unknown) => {
    throw new UnreadableFile(`${unreadable(path, error).message} Give ${WHAT_TO_GIVE}.`, { cause: error });
  });
  if (found.isDirectory()) {
    const names = await readdir(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    const sets = await openDataSets(path, target);
    if (sets !== null) return sets;
    if (names.length === 0) throw refusedInput(`${path} is empty. Give ${WHAT_TO_GIVE}.`);
    return await imageFolder(path, needImages(target, path));
  }
  switch (extname(path).toLowerCase()) {
    case ".npy":
      return arrayRows(target, new Map([["", await openNpy(path)]]), { source: path, whole });
    case ".npz":
      return await archiveRows(path, whole, target);
    case ".pb":
      return openTensorFile(path, target);
  }
  if (isImageFile(path)) return imageFile(path, needImages(target, path));
  if (isIdxName(path)) return await idxImages(path, needImages(target, path));
  throw refusedInput(`${path} is not a kind of input that isobit knows. Give ${WHAT_TO_GIVE}.`);
}

/** Inputs of an .npz file, and the outputs in it that are expected. */
async function archiveRows(path: string, whole: boolean, target: InputTarget): Promise<InputSet> {
  const arrays = await openNpz(path);
  const isOutput = (name: string): boolean =>
    target.outputs.some((output) => output.name === name) && !target.inputs.some((input) => input.name === name);
  const outputs = new Map([...arrays].filter(([name]) => isOutput(name)));
  const inputs = new Map([...arrays].filter(([name]) => !isOutput(name)));
  const set = arrayRows(target, inputs, { source: path, whole });
  return outputs.size === 0 ? set : await withExpected(set, { source: path, arrays: outputs }, target);
}

/** Null unless every path reads <input>=<file.npy>. */
async function namedArrays(
  paths: readonly string[],
  target: InputTarget,
): Promise<ReadonlyMap<string, FiledArray> | null> {
  const parts = paths.map((path) => /^([^=]+)=(.+)$/.exec(path));
  if (parts.some((part) => part === null)) return null;
  const arrays = new Map<string, FiledArray>();
  for (const [, name = "", file = ""] of parts.filter((part) => part !== null)) {
    if (!target.inputs.some((input) => input.name === name)) {
      const known = target.inputs.map((input) => quoted(input.name)).join(", ");
      throw refusedInput(`The model has no input ${quoted(name)}. Its inputs are ${known}.`);
    }
    if (extname(file).toLowerCase() !== ".npy") throw refusedInput(`${file} is no .npy file.`);
    arrays.set(name, await openNpy(file));
  }
  return arrays;
}

/** @throws IsobitError for a model that is fed tensors */
function needImages({ classifier, noImages }: InputTarget, what: string): ImageModel {
  if (classifier !== null) return classifier;
  const why = noImages ? ` (${noImages})` : "";
  throw refusedInput(
    `${what} gives images, but the model is not fed images${why}. Give its tensors: an .npy or .npz file, a folder test_data_set_N, or random inputs.`,
  );
}

function limited(set: InputSet, limit: number | undefined): InputSet {
  if (limit === undefined || limit >= set.count) return checked(set);
  async function* rows(): AsyncGenerator<InputRow> {
    let left = limit ?? 0;
    if (left === 0) return;
    for await (const row of set) {
      yield row;
      if (--left === 0) return;
    }
  }
  return { ...set, count: limit, [Symbol.asyncIterator]: rows };
}

function checked(set: InputSet): InputSet {
  if (set.count > 0) return set;
  throw refusedInput(`${set.description} holds no inputs. Give ${WHAT_TO_GIVE}.`);
}
