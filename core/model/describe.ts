import type { ModelDescription } from "./model.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";
import { DEFAULT_PREPROCESS, perChannel } from "./model-preprocess.ts";
import { sha256Hex } from "../tensors/sha256.ts";
import { adapt } from "../onnx/adapt.ts";
import { countClasses, onlyOutput } from "../onnx/classes.ts";
import type { ReadExternal } from "../onnx/external-file.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { readInput } from "./image-input.ts";
import { requireLearnedLayer } from "../onnx/learned-layer.ts";
import { refuseForeignOperators } from "../onnx/operators.ts";
import { readModel } from "../onnx/read.ts";
import { rejectModel } from "../onnx/rejected.ts";
import { statedPreprocess } from "../onnx/stated-preprocess.ts";
import { writeModel } from "../onnx/write.ts";

export interface DescribeOptions {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** One per class; default: "0", "1", … */
  readonly labels?: readonly string[];
  /** Default: DEFAULT_PREPROCESS. A single number in `mean` or `std` counts for every channel. */
  readonly preprocess?: Preprocess;
  readonly readExternal?: ReadExternal;
}

export interface DescribedModel {
  readonly info: ModelDescription;
  /** What the file's metadata say about its preprocessing (core/onnx/stated-preprocess.ts). */
  readonly stated: Readonly<Record<string, unknown>> | undefined;
  /** What runtimes load: the file itself, or the adapted model, the same bytes on every machine. */
  readonly executed: Uint8Array;
}

/**
 * Reads everything that serving a classifier needs from its ONNX file, and adapts the file if needed: a Softmax at the end
 * is cut off, external weights are inlined, a batch of 0 becomes dynamic.
 * @throws ModelRejected for a model that cannot be served, with a sentence that says why
 */
export async function describeModel(options: DescribeOptions): Promise<DescribedModel> {
  const { id, bytes } = options;
  const model = readModel(bytes);
  refuseForeignOperators(model);
  const { whole, model: upToLogits, adaptations, external } = await adapt(model, options.readExternal);
  const input = readInput(whole.graph);
  const classes = countClasses(whole.graph, input.fixedBatch);
  requireLearnedLayer(whole, input.elements, classes);
  const executed = adaptations.length > 0 ? writeModel(upToLogits) : bytes;
  const sha256 = sha256Hex(bytes);
  const info: ModelDescription = {
    id,
    sha256,
    executedSha256: executed === bytes ? sha256 : sha256Hex(executed),
    sizeBytes: bytes.length,
    opset: opsetOf(model),
    labels: readLabels(options.labels, classes),
    input,
    output: { name: onlyOutput(upToLogits.graph).name },
    preprocess: perChannel(options.preprocess ?? DEFAULT_PREPROCESS, input.channels),
    adaptations,
    external,
  };
  return { info, stated: statedPreprocess(model), executed };
}

function opsetOf(model: OnnxModel): number {
  const opset = model.opsets.get("");
  if (opset !== undefined) return opset;
  rejectModel("The file does not say which version of ONNX's standard operators it uses. Export the model again.");
}

function readLabels(labels: readonly string[] | undefined, classes: number): readonly string[] {
  if (labels === undefined) return Array.from({ length: classes }, (_, index) => String(index));
  if (labels.length === classes) return labels;
  rejectModel(`The model needs ${classes} labels, one per class in order, but ${labels.length} were given.`);
}
