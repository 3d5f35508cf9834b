import { basename } from "node:path";
import type { ValueInfo } from "#core/onnx/graph.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { describeType } from "#core/onnx/value-info.ts";
import { elementsOf, tensorValue, type TensorValue } from "#core/tensors/tensor-value.ts";
import type { FiledArray } from "./array-file.ts";
import { inputSet, type InputRow, type InputSet, type InputTarget } from "./input-set.ts";
import { refusedInput } from "./refused.ts";

/** How an array is cut: into `count` rows, each a tensor of this shape. */
export interface Split {
  readonly count: number;
  readonly shape: readonly number[];
}

export interface ArraysOptions {
  /** Where they come from, for sentences. */
  readonly source: string;
  /** Feed every array as one tensor instead of cutting it along its first dimension. */
  readonly whole: boolean;
}

/**
 * One array for each input of the model, cut along the first dimension into single inputs where that is the model's
 * batch. Nothing is converted: an array of another element type is refused.
 * @param arrays by the input's name; with one input and one array the name does not matter
 * @throws LibraryError
 */
export function arrayRows(
  target: InputTarget,
  arrays: ReadonlyMap<string, FiledArray>,
  { source, whole }: ArraysOptions,
): InputSet {
  const found = target.inputs.map((value) => ({ value, array: arrayFor(value, target, arrays, source) }));
  const splits = found.map(({ value, array }) => splitOf(value, array, whole, source));
  const counts = [...new Set(splits.map(({ count }) => count))];
  const [count = 1] = counts;
  if (counts.length > 1) {
    const list = found.map(({ value }, index) => `${splits[index]?.count} of ${quoted(value.name)}`).join(", ");
    throw refusedInput(`${source}: the arrays hold different numbers of inputs: ${list}. Give as many of each.`);
  }
  const used = new Set(found.map(({ array }) => array));
  const ignored = [...arrays].filter(([, array]) => !used.has(array)).map(([name]) => quoted(name));
  const notes = ignored.length > 0 ? [ignoredNote(source, ignored.join(", "))] : [];
  const stem = basename(source);
  const set = inputSet(count, source, rows, notes);
  return {
    ...set,
    close: async () => {
      for (const array of new Set(arrays.values())) await array.close();
    },
  };

  async function* rows(): AsyncGenerator<InputRow> {
    for (let row = 0; row < count; row++) {
      const feeds = new Map<string, TensorValue>();
      for (const [index, { value, array }] of found.entries()) {
        const { shape } = splits[index]!;
        const elements = elementsOf(shape);
        feeds.set(value.name, tensorValue(array.type, shape, await array.read(row * elements, elements)));
      }
      yield { id: count === 1 ? stem : `${stem}:${row}`, feeds, expected: null, expectedOutputs: null };
    }
  }
}

/** For arrays whose name is neither an input's nor an output's. @param list their names, quoted */
export function ignoredNote(source: string, list: string): string {
  return `${source}: neither an input nor an output of the model, so not read: ${list}.`;
}

function arrayFor(
  value: ValueInfo,
  { inputs }: InputTarget,
  arrays: ReadonlyMap<string, FiledArray>,
  source: string,
): FiledArray {
  const named = arrays.get(value.name);
  const [only] = arrays.values();
  if (named !== undefined) return named;
  if (only !== undefined && inputs.length === 1 && arrays.size === 1) return only;
  const wanted = inputs.map(({ name }) => quoted(name)).join(", ");
  throw refusedInput(
    `${source}: it has no array for the model's input ${quoted(value.name)}. The inputs are ${wanted}; give each as \`inputs\` <name>=<file.npy>, or all in one .npz.`,
  );
}

function splitOf(value: ValueInfo, { type, shape }: FiledArray, whole: boolean, source: string): Split {
  const found = `${type} [${shape.join(", ")}]`;
  if (value.elementType !== null && value.elementType !== type) {
    throw refusedInput(
      `${source}: the array for ${quoted(value.name)} is ${found}, but the model takes ${describeType(value)}. isobit converts nothing; save it with .astype(${value.elementType}).`,
    );
  }
  const split = fit(value.shape, shape, whole);
  if (split !== null) return split;
  throw refusedInput(
    `${source}: the array for ${quoted(value.name)} is ${found}, which does not fit the model's ${describeType(value)}.`,
  );
}

/** Null where no reading of the array fits. */
export function fit(wanted: readonly number[] | null, shape: readonly number[], whole: boolean): Split | null {
  if (wanted === null) return { count: 1, shape };
  const fits = (dims: readonly number[], against: readonly number[]): boolean =>
    dims.length === against.length && dims.every((dim, axis) => against[axis] === -1 || against[axis] === dim);
  if (whole) return fits(shape, wanted) ? { count: 1, shape } : null;
  const [first = 0, ...rest] = shape;
  const [batch = 0, ...tail] = wanted;
  if (shape.length === wanted.length) {
    if (shape.length === 0) return { count: 1, shape };
    if (!fits(rest, tail)) return null;
    if (batch === -1) return { count: first, shape: [1, ...rest] };
    return batch > 0 && first % batch === 0 ? { count: first / batch, shape: [batch, ...rest] } : null;
  }
  if (shape.length === wanted.length + 1 && fits(rest, wanted)) return { count: first, shape: rest };
  const lacksBatch = shape.length === wanted.length - 1 && Math.abs(batch) === 1 && fits(shape, tail);
  return lacksBatch ? { count: 1, shape: [1, ...shape] } : null;
}
