import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { IsobitError, messageOf } from "#core/errors.ts";
import { elementTypeName } from "#core/tensors/element-type.ts";
import { TensorProto } from "#core/onnx/protobuf.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { readTensor } from "#core/onnx/tensor.ts";
import { valueOfTensor } from "#core/trace/constants.ts";
import {
  bytesPerElement,
  elementsOf,
  isElementType,
  type NamedTensors,
  type TensorValue,
} from "#core/tensors/tensor-value.ts";
import { readRegularFile } from "../model-file.ts";
import { inputSet, type InputRow, type InputSet, type InputTarget } from "./input-set.ts";
import { refusedInput } from "./refused.ts";

/**
 * ONNX's own test data: folders `test_data_set_N` with `input_0.pb`, … and `output_0.pb`, …, one TensorProto each. The
 * outputs are kept as what is expected.
 * @param path such a folder, or one that holds some
 * @returns null where it is neither
 */
export async function openDataSets(path: string, target: InputTarget): Promise<InputSet | null> {
  const folders = await dataSetsIn(path);
  if (folders.length === 0) return null;
  const [first = path] = folders;
  const hasExpectedOutputs = (await readdir(first)).some((name) => /^output_\d+\.pb$/.test(name));
  return { ...inputSet(folders.length, path, rows), hasExpectedOutputs };

  async function* rows(): AsyncGenerator<InputRow> {
    for (const folder of folders) yield await readDataSet(folder, target);
  }
}

/** One file with a single TensorProto, for a model of one input. */
export function openTensorFile(path: string, target: InputTarget): InputSet {
  const [input, ...others] = target.inputs;
  if (input === undefined || others.length > 0) {
    throw refusedInput(
      `${path} is one tensor, but the model takes ${target.inputs.length}. Give the folder that holds input_0.pb, input_1.pb, ….`,
    );
  }
  return inputSet(1, path, async function* rows() {
    const feeds = await readAll([path], [input.name]);
    yield { id: basename(path), feeds, expected: null, expectedOutputs: null };
  });
}

/** Whether a path is, or holds, ONNX's test data. False for what is not there. */
export async function isTestData(path: string): Promise<boolean> {
  return path.endsWith(".pb") || (await dataSetsIn(path).catch(() => [])).length > 0;
}

async function dataSetsIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  // A model without inputs has a data set of outputs alone.
  if (entries.some(({ name }) => /^(input|output)_\d+\.pb$/.test(name))) return [path];
  return entries
    .filter((entry) => entry.isDirectory() && /^test_data_set_\d+$/.test(entry.name))
    .map(({ name }) => name)
    .toSorted((left, right) => numberIn(left) - numberIn(right))
    .map((name) => join(path, name));
}

async function readDataSet(folder: string, target: InputTarget): Promise<InputRow> {
  const names = await readdir(folder);
  const files = (kind: string): string[] =>
    names
      .filter((name) => new RegExp(`^${kind}_\\d+\\.pb$`).test(name))
      .toSorted((left, right) => numberIn(left) - numberIn(right))
      .map((name) => join(folder, name));
  const inputs = target.inputs.map(({ name }) => name);
  const feeds = await readAll(files("input"), inputs);
  const expected = await readAll(
    files("output"),
    target.outputs.map(({ name }) => name),
  );
  const problem = [feeds, expected].find((each) => each instanceof IsobitError);
  const missing = feeds instanceof IsobitError ? undefined : inputs.find((name) => !feeds.has(name));
  return {
    id: basename(folder),
    feeds:
      problem ??
      (missing === undefined
        ? feeds
        : new IsobitError("BAD_INPUT", `${folder} has no tensor for the model's input ${quoted(missing)}.`)),
    expected: null,
    expectedOutputs: expected instanceof IsobitError || expected.size === 0 ? null : expected,
  };
}

function numberIn(name: string): number {
  return Number(/(\d+)(\.pb)?$/.exec(name)?.[1] ?? 0);
}

/** By a tensor's own name if it is one of the names, otherwise by its place. */
async function readAll(files: readonly string[], names: readonly string[]): Promise<NamedTensors | IsobitError> {
  const tensors = new Map<string, TensorValue>();
  try {
    for (const [index, file] of files.entries()) {
      const { name, tensor } = readTensorFile(await readRegularFile(file), file);
      const key = names.includes(name) ? name : names[index];
      if (key === undefined)
        throw new IsobitError(
          "BAD_INPUT",
          `${file} matches no input or output of the model. Remove it, or name its tensor after one.`,
        );
      tensors.set(key, tensor);
    }
    return tensors;
  } catch (error) {
    return error instanceof IsobitError ? error : new IsobitError("BAD_INPUT", messageOf(error), { cause: error });
  }
}

/** @throws IsobitError BAD_INPUT naming the file */
function readTensorFile(bytes: Uint8Array, file: string): { name: string; tensor: TensorValue } {
  try {
    const message = TensorProto.decode(bytes);
    const type = elementTypeName(message.dataType ?? 0);
    if (!isElementType(type)) throw new Error(`it holds elements of type ${type}, whose bits isobit does not compare`);
    const dims = (message.dims ?? []).map(Number);
    const raw = message.rawData ?? new Uint8Array();
    // Raw bytes are taken as they are, so that a NaN keeps its payload.
    if (raw.length > 0 && raw.length === elementsOf(dims) * bytesPerElement(type))
      return { name: message.name ?? "", tensor: { type, dims, bytes: raw } };
    const tensor = valueOfTensor(readTensor(message));
    if (tensor === null) throw new Error("its elements are not in the file, or not as many as its shape says");
    return { name: message.name ?? "", tensor };
  } catch (error) {
    const why = messageOf(error).replace("The weight", "The tensor");
    throw new IsobitError("BAD_INPUT", `${file} is not a tensor that can be fed: ${why}`, { cause: error });
  }
}
