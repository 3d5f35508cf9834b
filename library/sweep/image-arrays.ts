import { basename, extname } from "node:path";
import { elementsOf } from "#core/tensors/tensor-value.ts";
import { type FiledArray, openNpy, openNpz } from "../inputs/array-file.ts";
import { inputSet, type InputSet, type ImageTaker } from "../inputs/input-set.ts";
import { refusedInput } from "../inputs/refused.ts";

/** Which array of an .npz holds the images, and which their classes: the names that data sets use, best first. */
const PAIRS: readonly (readonly [images: string, classes: string])[] = [
  ["x_test", "y_test"],
  ["test_images", "test_labels"],
  ["x", "y"],
  ["X", "y"],
  ["images", "labels"],
  ["data", "target"],
  ["x_train", "y_train"],
];

/**
 * The images of an .npy or .npz file, cut along their first dimension: uint8 are grey levels at the model's size,
 * float32 are its input tensors. Integers next to them, one per image, are the expected classes.
 * @throws LibraryError where no array fits the model
 */
export async function imageArrays(path: string, model: ImageTaker, limit = Infinity): Promise<InputSet> {
  const isNpz = extname(path).toLowerCase() === ".npz";
  const arrays = isNpz ? await openNpz(path) : new Map([["", await openNpy(path)]]);
  const [imagesName, classesName] = chosenNames(path, arrays);
  const images = arrays.get(imagesName)!;
  const kind = kindOf(path, images, model);
  const all = images.shape[0]!;
  const classes = await classesOf(arrays.get(classesName), all);
  const count = Math.min(all, limit);
  const each = elementsOf(images.shape.slice(1));
  const set = inputSet(count, path, async function* rows() {
    for (let row = 0; row < count; row++) {
      const bytes = await images.read(row * each, each);
      const expected = classes?.[row] ?? null;
      yield {
        id: `${basename(path)}:${row}`,
        source: { kind, bytes },
        feeds: new Map(),
        expected,
        expectedOutputs: null,
      };
    }
  });
  const close = async (): Promise<void> => {
    for (const array of arrays.values()) await array.close();
  };
  return { ...set, close };
}

function chosenNames(path: string, arrays: ReadonlyMap<string, FiledArray>): readonly [string, string] {
  const [only] = arrays.keys();
  const known = PAIRS.find(([images]) => arrays.has(images));
  if (known !== undefined) return known;
  if (arrays.size === 1 && only !== undefined) return [only, ""];
  const names = [...arrays.keys()].join(", ");
  throw refusedInput(
    `${path} holds the arrays ${names}; which are the images? Save them as x, and their classes as y.`,
  );
}

function kindOf(path: string, { type, shape }: FiledArray, { id, input }: ImageTaker): "pixels" | "tensor" {
  const each = elementsOf(shape.slice(1));
  const pixels = input.width * input.height;
  if (shape.length > 1 && type === "uint8" && each === pixels) return "pixels";
  if (shape.length > 1 && type === "float32" && each === input.elements) return "tensor";
  throw refusedInput(
    `${path}: its images are ${type} [${shape.join(", ")}], but ${id} takes uint8 [N, ${input.height}, ${input.width}] of grey levels, or float32 [N, …] of ${input.elements} numbers each. Save them so.`,
  );
}

/** Null where they are not whole numbers, or not one per image. */
async function classesOf(array: FiledArray | undefined, count: number): Promise<readonly number[] | null> {
  if (array === undefined || elementsOf(array.shape) !== count) return null;
  const bytes = Buffer.from(await array.read(0, count));
  const at = (size: number, read: (offset: number) => number): number[] =>
    Array.from({ length: count }, (_, row) => read(row * size));
  switch (array.type) {
    case "uint8":
      return [...bytes];
    case "int8":
      return at(1, (offset) => bytes.readInt8(offset));
    case "int32":
      return at(4, (offset) => bytes.readInt32LE(offset));
    case "int64":
      return at(8, (offset) => Number(bytes.readBigInt64LE(offset)));
    default:
      return null;
  }
}
