import type { ModelInfo, ModelInput } from "#core/model/model.ts";
import type { Host } from "#core/host.ts";
import { ONLY_VERSION } from "./routes.ts";

/** The binary tensor extension, by the name that Triton gave it. */
const EXTENSIONS = ["binary_tensor_data"];

interface TensorMetadata {
  readonly name: string;
  readonly datatype: "FP32";
  /** -1 where any size is taken. */
  readonly shape: readonly number[];
}

export function serverMetadata({ version }: Host): object {
  return { name: "isobit", version, extensions: EXTENSIONS };
}

export function modelMetadata(model: ModelInfo): object {
  const output: TensorMetadata = {
    name: model.output.name,
    datatype: "FP32",
    shape: outputShape(model, hasBatch(model.input) ? -1 : 1),
  };
  return {
    name: model.id,
    versions: [ONLY_VERSION],
    platform: "onnx_onnxruntime",
    inputs: [{ name: model.input.name, datatype: "FP32", shape: inputShape(model.input) } satisfies TensorMetadata],
    outputs: [output],
    // Not part of the protocol: lets another isobit check that both serve the same file.
    parameters: { sha256: model.sha256 },
  };
}

/** Any batch is taken, even where the graph fixes one: rows are run as the main path runs them. */
export function inputShape(input: ModelInput): number[] {
  return hasBatch(input) ? [-1, ...input.shape.slice(1)] : [...input.shape];
}

export function outputShape({ labels }: ModelInfo, rows: number): number[] {
  return [rows, labels.length];
}

/** A row of pixels, or an image with its channels last, may be declared in the graph without a batch. */
export function hasBatch({ shape, layout }: ModelInput): boolean {
  return shape.length !== 1 && !(shape.length === 3 && layout === "NHWC");
}
