import { readFile } from "node:fs/promises";
import type { ModelInfo, ModelInput } from "#core/model/model.ts";
import { describeModel } from "#core/model/describe.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import type { PlannedInput, Plan } from "#core/validate.ts";

const { info: DIGITS } = await describeModel({ id: "sketch", bytes: await readFile("models/digits.onnx") });

/** A model of a given input, with nothing behind it: the numeric stages read only its description. */
export function modelOf(
  { width, height, channels = 1, layout = "NCHW" }: Partial<ModelInput> & { width: number; height: number },
  preprocess: Partial<Preprocess> = {},
): ModelInfo {
  return {
    ...DIGITS,
    labels: ["zero", "one"],
    input: {
      name: "x",
      shape: [-1],
      layout,
      fixedBatch: null,
      width,
      height,
      channels,
      elements: width * height * channels,
    },
    preprocess: {
      scale: 1,
      mean: Array.from({ length: channels }, () => 0),
      std: Array.from({ length: channels }, () => 1),
      invert: false,
      ...preprocess,
    },
    proof: {
      certificate: null,
      domain: null,
      rowsIndependent: false,
      failure: { node: "", op: "", reason: "a sketch" },
    },
  };
}

export function planOf(items: readonly PlannedInput[], model: ModelInfo = modelOf({ width: 1, height: 1 })): Plan {
  return { model, items, sources: ["CPU", "WASM"], peers: [], reference: "CPU", tolerance: null, environment: [] };
}
