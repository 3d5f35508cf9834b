import { extname } from "node:path";
import type { ModelInfo } from "#core/model/model.ts";
import { IsobitError } from "#core/errors.ts";
import { orIncomplete } from "#core/onnx/rejected.ts";
import type { InputSet } from "../inputs/input-set.ts";
import { openInputs } from "../inputs/open-inputs.ts";
import { type DataSetOptions, dataSetSha256 } from "./data-set-hash.ts";
import { imageArrays } from "./image-arrays.ts";
import { takerOf, valueOf } from "./image-taker.ts";
import type { ServedModel } from "../stack/served-models.ts";

/** Images in a fixed order, known by a hash: a sweep that is resumed must find the same ones. */
export interface DataSet {
  readonly images: InputSet;
  /** Of every file's bytes and name, and of what else decides which images there are. */
  readonly sha256: string;
  /** What one image becomes. */
  readonly input: ModelInfo["input"];
}

/**
 * Opens the images that were asked for; default: MNIST's test images.
 * @throws IsobitError where they cannot be read, or do not fit the model
 */
export async function openDataSet(options: DataSetOptions, model: ServedModel): Promise<DataSet> {
  const wanted = withDefault(options);
  const classifier = { ...takerOf(model), asFound: true };
  const [path, ...others] = wanted.inputs ?? [];
  if (others.length > 0) throw new IsobitError("BAD_OPTION", "Give one path as `inputs`: the images of one data set.");
  const arrays = path !== undefined && [".npy", ".npz"].includes(extname(path).toLowerCase());
  const images = arrays
    ? await orIncomplete(() => imageArrays(path, classifier, wanted.limit))
    : await openInputs(wanted, { inputs: [valueOf(model)], outputs: [], classifier });
  try {
    return { images, sha256: await dataSetSha256(wanted), input: classifier.input };
  } catch (error) {
    await images.close();
    throw error;
  }
}

function withDefault(options: DataSetOptions): DataSetOptions {
  const said = options.images ?? options.inputs ?? options.random;
  return said === undefined ? { ...options, inputs: ["mnist"] } : options;
}
