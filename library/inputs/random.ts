import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { numberToFloat16 } from "#core/tensors/float16.ts";
import type { ImageModel } from "#core/model/model.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import { normalise } from "#core/model/normalise.ts";
import type { ValueInfo } from "#core/onnx/graph.ts";
import { elementsOf, type ElementType, isElementType, type TensorValue } from "#core/tensors/tensor-value.ts";
import { type DimSizes, resolveShape } from "./dim-sizes.ts";
import { inputSet, type InputRow, type InputSet, type InputTarget } from "./input-set.ts";

export interface RandomOptions {
  readonly count: number;
  readonly seed: number;
  readonly dims: DimSizes;
  /** Both included; null: the type's own range, below. */
  readonly range: readonly [lowest: number, highest: number] | null;
}

/**
 * Random inputs, the same for the same seed on every machine (pure-rand's xoroshiro128+):
 * - an image's grey levels, each of 0 to 255 alike, preprocessed as any image is, for a classifier of images;
 * - floats: multiples of 2^-16 (float16: 2^-9, bfloat16: 2^-6) in [-1, 1), each alike, or in the range asked for;
 * - uint8 and int8: each of all values alike; bool: a fair coin;
 * - wider integers: 0 to 9, for they are likely to be indices, or the range asked for.
 */
export function randomInputs(target: InputTarget, { count, seed, dims, range }: RandomOptions): InputSet {
  const shapes = target.classifier ? [] : target.inputs.map((value) => resolveShape(value, dims));
  const assumed = [...new Set(shapes.flatMap((each) => each.assumed))];
  const notes =
    assumed.length > 0
      ? [
          `Dynamic dimensions without a given size are 1: ${assumed.join(", ")}. Set one with \`dims\` ${assumed[0]}=<size>.`,
        ]
      : [];
  return inputSet(count, `random numbers (seed ${seed})`, rows, notes);

  async function* rows(): AsyncGenerator<InputRow> {
    const generator = xoroshiro128plus(seed);
    for (let row = 0; row < count; row++) {
      // Each row has its own start, so it does not depend on how many numbers another row used.
      const next = generator.clone();
      generator.jump();
      const feeds = target.classifier
        ? new Map([[target.classifier.input.name, randomImage(target.classifier, next)]])
        : new Map(
            target.inputs.map((value, index) => [value.name, randomTensor(value, shapes[index]!.shape, range, next)]),
          );
      yield { id: `random:${row}`, feeds, expected: null, expectedOutputs: null };
    }
  }
}

function randomImage(model: ImageModel, next: RandomGenerator): TensorValue {
  const { width, height, channels } = model.input;
  const values = Uint8Array.from({ length: width * height * channels }, () => uniformInt(next, 0, 255));
  const tensor = normalise({ width, height, channels, values }, model);
  return {
    type: "float32",
    dims: model.input.shape.map((size) => (size === -1 ? 1 : size)),
    bytes: rowOf(model, tensor),
  };
}

/** If the graph has a fixed batch, the other rows are zeros, as when it is served. */
function rowOf({ input }: ImageModel, tensor: Float32Array): Uint8Array {
  const batch = new Float32Array((input.fixedBatch ?? 1) * input.elements);
  batch.set(tensor);
  return bytesOf(batch);
}

function randomTensor(
  { elementType }: ValueInfo,
  dims: readonly number[],
  range: RandomOptions["range"],
  next: RandomGenerator,
): TensorValue {
  // Types without elements to make up were refused when the model was read.
  const type: ElementType = elementType !== null && isElementType(elementType) ? elementType : "float32";
  const data = randomElements(type, elementsOf(dims), range, next);
  return { type, dims, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** Steps in [-1, 1): few enough for every float type to hold each exactly. */
const STEPS = Object.freeze({ float16: 2 ** 9, bfloat16: 2 ** 6, other: 2 ** 16 });

function randomElements(
  type: ElementType,
  length: number,
  range: RandomOptions["range"],
  next: RandomGenerator,
): ArrayBufferView & { readonly buffer: ArrayBufferLike } {
  const float = (steps: number) => (): number => {
    if (range !== null) return range[0] + (range[1] - range[0]) * uniformFloat64(next);
    return uniformInt(next, -steps, steps - 1) / steps;
  };
  const whole = (lowest: number, highest: number) => (): number => {
    const [from, to] = range === null ? [lowest, highest] : [Math.ceil(range[0]), Math.floor(range[1])];
    return uniformInt(next, from, to);
  };
  switch (type) {
    case "float32":
      return Float32Array.from({ length }, float(STEPS.other));
    case "float64":
      return Float64Array.from({ length }, float(STEPS.other));
    case "float16": {
      const element = float(STEPS.float16);
      return Uint16Array.from({ length }, () => numberToFloat16(element()));
    }
    case "bfloat16": {
      const element = float(STEPS.bfloat16);
      return Uint16Array.from({ length }, () => new Uint32Array(Float32Array.of(element()).buffer)[0]! >>> 16);
    }
    case "int8":
      return Int8Array.from({ length }, whole(-128, 127));
    case "uint8":
      return Uint8Array.from({ length }, whole(0, 255));
    case "bool":
      return Uint8Array.from({ length }, () => uniformInt(next, 0, 1));
    case "int16":
      return Int16Array.from({ length }, whole(0, 9));
    case "uint16":
      return Uint16Array.from({ length }, whole(0, 9));
    case "int32":
      return Int32Array.from({ length }, whole(0, 9));
    case "uint32":
      return Uint32Array.from({ length }, whole(0, 9));
    case "int64": {
      const element = whole(0, 9);
      return BigInt64Array.from({ length }, () => BigInt(element()));
    }
    case "uint64": {
      const element = whole(0, 9);
      return BigUint64Array.from({ length }, () => BigInt(element()));
    }
  }
}
