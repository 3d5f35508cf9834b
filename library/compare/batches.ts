import { IsobitError } from "#core/errors.ts";
import { joinedBytes } from "#core/tensors/joined.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { describeType } from "#core/onnx/value-info.ts";
import { elementsOf, type NamedTensors, type TensorValue } from "#core/tensors/tensor-value.ts";

/** Why inputs of this model cannot share a run; null where they can. */
export function batchObstacle({ graph }: OnnxModel): string | null {
  const fixed = graph.inputs.find(({ shape }) => shape !== null && shape[0] !== -1);
  if (fixed !== undefined)
    return `The model's input ${quoted(fixed.name)} is ${describeType(fixed)}: its first dimension is not dynamic, so it takes no batches of other sizes.`;
  const names = [...new Set(graph.inputs.map(({ dimNames }) => dimNames[0]).filter((name) => name !== null))];
  if (names.length > 1)
    return `The first dimensions of the model's inputs have different names (${names.join(", ")}), so they do not share a batch.`;
  return null;
}

/**
 * Several inputs as one, joined along their first dimension.
 * @throws IsobitError BAD_INPUT where their other dimensions differ
 */
export function stacked(rows: readonly NamedTensors[]): NamedTensors {
  const [first = new Map<string, TensorValue>()] = rows;
  return new Map(
    [...first].map(([name, tensor]) => [
      name,
      joined(
        rows.map((row) => row.get(name) ?? tensor),
        name,
      ),
    ]),
  );
}

function joined(tensors: readonly TensorValue[], name: string): TensorValue {
  const [first] = tensors;
  if (first === undefined) throw new IsobitError("BAD_INPUT", `No value was given for the input ${quoted(name)}.`);
  const [, ...rest] = first.dims;
  const alike = tensors.every(
    ({ type, dims }) =>
      type === first.type && dims.length === first.dims.length && rest.every((dim, axis) => dims[axis + 1] === dim),
  );
  if (!alike || first.dims.length === 0)
    throw new IsobitError(
      "BAD_INPUT",
      `The inputs for ${quoted(name)} have different shapes, so they cannot share a batch.`,
    );
  const bytes = joinedBytes(tensors.map((tensor) => tensor.bytes));
  const length = tensors.reduce((sum, { dims }) => sum + (dims[0] ?? 0), 0);
  return { type: first.type, dims: [length, ...rest], bytes };
}

/**
 * A batch's outputs, one set per input.
 * @throws IsobitError BAD_INPUT for an output that does not have as many rows
 */
export function unstacked(outputs: NamedTensors, count: number): readonly NamedTensors[] {
  return Array.from(
    { length: count },
    (_, index) => new Map([...outputs].map(([name, tensor]) => [name, rowOf(tensor, index, count, name)])),
  );
}

function rowOf({ type, dims, bytes }: TensorValue, index: number, count: number, name: string): TensorValue {
  const [length = 0, ...rest] = dims;
  if (dims.length === 0 || length % count !== 0) {
    throw new IsobitError(
      "BAD_INPUT",
      `The output ${quoted(name)} of a batch of ${count} is [${dims.join(", ")}]: not one row per input, so no row can be compared.`,
    );
  }
  const each = length / count;
  const size = elementsOf([each, ...rest]) * (bytes.length / Math.max(1, elementsOf(dims)));
  return { type, dims: [each, ...rest], bytes: bytes.subarray(index * size, (index + 1) * size) };
}
