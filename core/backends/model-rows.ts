import type { ModelInfo } from "../model/model.ts";

/** The properties that every runtime's tensors share. */
interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/**
 * Rows as one tensor of the graph's input shape. A fixed batch is filled with zeros, so that images never share one.
 * @param rows float32, `model.input.elements` long each
 */
export function joinRows(
  { input }: ModelInfo,
  rows: readonly Float32Array[],
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const shape = input.shape.map((size) => (size === -1 ? rows.length : size));
  const batch = input.fixedBatch ?? rows.length;
  const data = new Float32Array(batch * input.elements);
  rows.forEach((row, index) => data.set(row, index * input.elements));
  return { data, shape };
}

/**
 * The first `rows` rows of a model's output, as copies, one logit per label.
 * @throws Error if the output is not float32 of that size
 */
export function splitRows(
  { input, output, labels }: ModelInfo,
  rows: number,
  tensor: RuntimeTensor | undefined,
): Float32Array[] {
  const expected = labels.length * (input.fixedBatch ?? rows);
  if (!(tensor?.data instanceof Float32Array) || tensor.data.length !== expected) {
    throw new Error(
      `the output ${output.name} is ${tensor?.type ?? "absent"} [${tensor?.dims.join(", ") ?? ""}], not ${expected} float32`,
    );
  }
  const { data } = tensor;
  return Array.from({ length: rows }, (_, row) => data.slice(row * labels.length, (row + 1) * labels.length));
}
