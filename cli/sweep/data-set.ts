import { extname } from "node:path";
import type { ModelInfo } from "#core/model/model.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { InputSet } from "../inputs/input-set.ts";
import { type InputOptions, openInputs } from "../inputs/open-inputs.ts";
import { dataSetSha256 } from "./data-set-hash.ts";
import { pictureArrays } from "./picture-arrays.ts";
import { takerOf, valueOf } from "./picture-taker.ts";
import type { SweptModel } from "./subject.ts";

/** What a sweep runs over, as a command line says it. */
export type DataSetOptions = Pick<InputOptions, "images" | "inputs" | "random" | "seed" | "limit">;

/** Pictures in a fixed order, known by a hash: a sweep that is resumed must find the same ones. */
export interface DataSet {
  readonly pictures: InputSet;
  /** Of every file's bytes and name, and of what else decides which pictures there are. */
  readonly sha256: string;
  /** What one picture becomes. */
  readonly input: ModelInfo["input"];
}

/**
 * Opens the pictures that were asked for; with nothing said, MNIST's test images.
 * @throws Failure where they cannot be read, or do not fit the model
 */
export async function openDataSet(options: DataSetOptions, model: SweptModel): Promise<DataSet> {
  const wanted = withDefault(options);
  const classifier = { ...takerOf(model), asFound: true };
  const [path, ...others] = wanted.inputs ?? [];
  if (others.length > 0) throw new Failure(EXIT.BAD_USAGE, "Give one path by --inputs: the pictures of one data set.");
  const arrays = path !== undefined && [".npy", ".npz"].includes(extname(path).toLowerCase());
  const pictures = arrays
    ? await pictureArrays(path, classifier, wanted.limit)
    : await openInputs(wanted, { inputs: [valueOf(model)], outputs: [], classifier });
  try {
    return { pictures, sha256: await dataSetSha256(wanted), input: classifier.input };
  } catch (error) {
    await pictures.close();
    throw error;
  }
}

function withDefault(options: DataSetOptions): DataSetOptions {
  const said = options.images ?? options.inputs ?? options.random;
  return said === undefined ? { ...options, inputs: ["mnist"] } : options;
}
