import { extname } from "node:path";
import { IsobitError, messageOf } from "#core/errors.ts";
import type { ValueInfo } from "#core/onnx/graph.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { describeType } from "#core/onnx/value-info.ts";
import { elementsOf, type NamedTensors, type TensorValue, tensorValue } from "#core/tensors/tensor-value.ts";
import { arrayInMemory, type FiledArray, openNpy, openNpz } from "./array-file.ts";
import { fit, ignoredNote, type Split } from "./array-rows.ts";
import { exactlyAs } from "./exact-conversion.ts";
import type { InputOptions } from "./input-options.ts";
import type { InputRow, InputSet, InputTarget } from "./input-set.ts";
import { count as counted } from "../report/numbers.ts";
import { readRegularFile } from "../model-file.ts";
import { jsonArrays } from "./json-arrays.ts";
import { refusedInput } from "./refused.ts";

/** Outputs that were saved elsewhere, by the model's names. */
export interface SavedOutputs {
  readonly source: string;
  readonly arrays: ReadonlyMap<string, FiledArray>;
  /** What was left out, in sentences. */
  readonly notes?: readonly string[];
}

const WHAT_TO_GIVE = "an .npy, .npz or .json file, or <output>=<file> for each output";

/**
 * Opens what the option `expected` names. An array without a name is the model's only output; numpy.savez calls it arr_0.
 * @throws LibraryError INCOMPLETE naming the file, and the array where there is one
 */
export async function openExpected(paths: readonly string[], target: InputTarget): Promise<SavedOutputs> {
  const source = paths.join(", ");
  const arrays = new Map<string, FiledArray>();
  const unknown: string[] = [];
  for (const path of paths) {
    const [, output, named] = /^([^=]+)=(.+)$/.exec(path) ?? [];
    const file = named ?? path;
    for (const [name, array] of await arraysIn(file)) {
      const key = outputName(output ?? name, file, target);
      if (key === undefined && output !== undefined)
        throw refusedInput(`${file}: the model has no output ${quoted(output)}. ${namesOf(target)}`);
      if (key === undefined) unknown.push(name);
      if (key == null) {
        await array.close();
        continue;
      }
      if (arrays.has(key)) throw refusedInput(`${source}: the output ${quoted(key)} is given twice. Give it once.`);
      arrays.set(key, array);
    }
  }
  const list = unknown.map(quoted).join(", ");
  if (arrays.size === 0)
    throw refusedInput(
      `${source}: it holds no output of the model${unknown.length > 0 ? `, only ${list}` : ""}. ${namesOf(target)}`,
    );
  return { source, arrays, notes: unknown.length > 0 ? [ignoredNote(source, list)] : [] };
}

/** Names of the outputs that are expected, "" for one without a name; null where none are. */
export async function expectedNames({ expected, inputs = [] }: InputOptions): Promise<readonly string[] | null> {
  const archives = inputs.filter((path) => extname(path).toLowerCase() === ".npz");
  if (expected === undefined && archives.length === 0) return null;
  const names: string[] = [];
  for (const path of expected ?? archives) {
    const [, output, file = path] = /^([^=]+)=(.+)$/.exec(path) ?? [];
    const arrays = await arraysIn(file);
    names.push(...(output === undefined ? arrays.keys() : [output]));
    for (const array of arrays.values()) await array.close();
  }
  return names;
}

async function arraysIn(path: string): Promise<ReadonlyMap<string, FiledArray>> {
  switch (extname(path).toLowerCase()) {
    case ".npy":
      return new Map([["", await openNpy(path)]]);
    case ".npz":
      return await openNpz(path);
    case ".json":
      return parsedJson(path, Buffer.from(await readRegularFile(path)).toString("utf8"));
  }
  throw refusedInput(`${path} does not hold saved outputs that isobit can read. Give ${WHAT_TO_GIVE}.`);
}

function parsedJson(path: string, text: string): ReadonlyMap<string, FiledArray> {
  try {
    return jsonArrays(text);
  } catch (error) {
    throw refusedInput(`${path}: ${messageOf(error)}`, error);
  }
}

/** Null for one of the model's inputs, which an archive may hold too; undefined for a name that the model does not have. */
function outputName(name: string, file: string, target: InputTarget): string | null | undefined {
  const { inputs, outputs } = target;
  if (outputs.some((output) => output.name === name)) return name;
  if (["", "arr_0"].includes(name) && outputs.length === 1) return outputs[0]!.name;
  if (inputs.some((input) => input.name === name)) return null;
  if (name === "")
    throw refusedInput(`${file}: it is one array without a name. Give <output>=${file}. ${namesOf(target)}`);
  return undefined;
}

function namesOf({ outputs }: InputTarget): string {
  return `The model's outputs: ${outputs.map(({ name }) => quoted(name)).join(", ")}.`;
}

/**
 * Gives each input the outputs that are expected of it, cut along their first dimension like the inputs.
 * @throws LibraryError INCOMPLETE for an array of another type, shape or number of rows than the model gives
 */
export async function withExpected(
  set: InputSet,
  { source, arrays, notes: leftOut = [] }: SavedOutputs,
  { outputs }: InputTarget,
): Promise<InputSet> {
  const notes = set.hasExpectedOutputs
    ? [`The outputs in ${set.description} are not compared, because \`expected\` gives others.`]
    : [];
  const found: { readonly name: string; readonly array: FiledArray; readonly split: Split }[] = [];
  for (const output of outputs) {
    const saved = arrays.get(output.name);
    if (saved === undefined) continue;
    const array = await inOwnType(output, saved, source);
    if (array !== saved)
      notes.push(
        `${source}: ${quoted(output.name)} was saved as ${saved.type}; each of its values is a ${array.type}, so its bits are compared.`,
      );
    found.push({ name: output.name, array, split: splitOf(output, array, set.count, source) });
  }
  async function* rows(): AsyncGenerator<InputRow> {
    let place = 0;
    for await (const row of set) {
      const expectedOutputs = new Map<string, TensorValue>();
      for (const { name, array, split } of found) {
        const elements = elementsOf(split.shape);
        const bytes = await array.read(place * elements, elements);
        expectedOutputs.set(name, tensorValue(array.type, split.shape, bytes));
      }
      place++;
      yield { ...row, expectedOutputs };
    }
  }
  return {
    ...set,
    hasExpectedOutputs: true,
    notes: [...set.notes, ...leftOut, ...notes],
    close: async () => {
      await set.close();
      for (const array of arrays.values()) await array.close();
    },
    [Symbol.asyncIterator]: rows,
  };
}

function splitOf(output: ValueInfo, array: FiledArray, count: number, source: string): Split {
  const [first = 0, ...rest] = array.shape;
  const found = output.shape === null ? { count: first, shape: [1, ...rest] } : fit(output.shape, array.shape, false);
  if (found?.count === count && array.shape.length > 0) return found;
  const whole = count === 1 ? fit(output.shape, array.shape, true) : null;
  if (whole !== null) return whole;
  const given = `${source}: the array for the output ${quoted(output.name)} is ${describeArray(array)}`;
  if (found !== null)
    throw refusedInput(
      `${given}: ${counted(found.count, "row")}, but there ${count === 1 ? "is 1 input" : `are ${count} inputs`}. Save one row per input.`,
    );
  throw refusedInput(
    `${given}, which does not fit the model's ${describeType(output)}. Save the output as the model gives it, one row per input.`,
  );
}

/** Bits are compared only in the model's own type, so a widened array is narrowed if no value changes. */
async function inOwnType(output: ValueInfo, array: FiledArray, source: string): Promise<FiledArray> {
  const { elementType } = output;
  if (elementType === null || elementType === array.type) return array;
  const elements = elementsOf(array.shape);
  const own = exactlyAs(elementType, { type: array.type, dims: array.shape, bytes: await array.read(0, elements) });
  if (own.exact) return arrayInMemory({ type: own.type, shape: array.shape }, own.bytes);
  throw refusedInput(
    `${source}: the array for the output ${quoted(output.name)} is ${describeArray(array)}, but the model gives ${describeType(output)}${own.why}. isobit rounds nothing; save the output as ${elementType}, as the model gave it.`,
  );
}

function describeArray({ type, shape }: FiledArray): string {
  return `${type} [${shape.join(", ")}]`;
}

/**
 * What is expected, next to an answer: dimensions of 1 in front do not matter where the file does not declare the output.
 * @returns an error where type or shape differ, since no bits can then be compared
 */
export function comparableTo(answer: NamedTensors, expected: NamedTensors): NamedTensors | IsobitError {
  const fitted = new Map<string, TensorValue>();
  for (const [name, tensor] of expected) {
    const given = answer.get(name);
    if (given === undefined) continue;
    const sameElements = withoutLeadingOnes(given.dims).join() === withoutLeadingOnes(tensor.dims).join();
    if (tensor.type !== given.type || !sameElements)
      return new IsobitError(
        "BAD_INPUT",
        `The expected output ${quoted(name)} is ${tensor.type} [${tensor.dims.join(", ")}], but the model gives ${given.type} [${given.dims.join(", ")}]. Save the output as the model gives it.`,
      );
    fitted.set(name, { ...tensor, dims: given.dims });
  }
  return fitted;
}

function withoutLeadingOnes(dims: readonly number[]): readonly number[] {
  const first = dims.findIndex((size) => size !== 1);
  return first < 0 ? [] : dims.slice(first);
}
