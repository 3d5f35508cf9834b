import type { IsobitError } from "#core/errors.ts";
import type { PlainSource } from "#core/image/image.ts";
import type { ImageModel } from "#core/model/model.ts";
import type { ValueInfo } from "#core/onnx/graph.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";

/** One input of a model: a tensor for each of its graph's inputs. */
export interface InputRow {
  /** "7", "train-images-idx3-ubyte:12", a file's name, … */
  readonly id: string;
  /** Why it could not be read, where it could not: the row keeps its place. Empty where `source` stands for it. */
  readonly feeds: NamedTensors | IsobitError;
  /** The image itself, for a target that takes images as they are found. */
  readonly source?: PlainSource;
  /** For a second model that takes the same image in another way. */
  readonly secondFeeds?: NamedTensors | IsobitError;
  /** The class in the data set, as an index; null if it states none. */
  readonly expected: number | null;
  /** The expected outputs in the data set, by name; null if it states none. */
  readonly expectedOutputs: NamedTensors | null;
}

/** Inputs that are read one after another, so only a few are in memory at a time. */
export interface InputSet extends AsyncIterable<InputRow> {
  /** How many rows there will be. */
  readonly count: number;
  /** Where they come from, for a sentence: "the built-in digits", "random numbers (seed 1)". */
  readonly description: string;
  /** The rows bring the answers that a data set expects. */
  readonly hasExpectedOutputs: boolean;
  /** The rows are images, which are preprocessed; absent: tensors, which are fed as they are. */
  readonly ofImages?: boolean;
  /** What was assumed, in sentences. */
  readonly notes: readonly string[];
  /** Ends what was started to read them. */
  close(): Promise<void>;
}

/** A classifier of images. */
export interface ImageTaker extends ImageModel {
  /** Images are returned unchanged: the caller preprocesses them. */
  readonly asFound?: boolean;
}

/** What the inputs are for. */
export interface InputTarget {
  /** What a caller must feed, in order. */
  readonly inputs: readonly ValueInfo[];
  /** What it gives, in order. */
  readonly outputs: readonly ValueInfo[];
  /** Set for a classifier of images. */
  readonly classifier: ImageTaker | null;
  /** Why it is none, where that is known. */
  readonly noImages?: string | null;
}

/** A set that needs nothing to be closed and expects nothing. */
export function inputSet(
  count: number,
  description: string,
  rows: () => AsyncIterable<InputRow>,
  notes: readonly string[] = [],
): InputSet {
  return {
    count,
    description,
    hasExpectedOutputs: false,
    notes,
    close: async () => {},
    [Symbol.asyncIterator]: () => rows()[Symbol.asyncIterator](),
  };
}
