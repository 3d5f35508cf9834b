import type { Preprocess } from "../image/preprocess-settings.ts";
import type { OnnxModel } from "./graph.ts";
import { ModelRejected } from "./rejected.ts";

/** Key of ONNX's metadata under which a file carries its own preprocessing, as the sidecar's JSON. */
const KEY = "isobit.preprocess";

/** The model with its preprocessing written into the file, so that it needs no sidecar. */
export function withPreprocess(model: OnnxModel, { scale, mean, std, invert }: Preprocess): OnnxModel {
  const metadata = new Map(model.metadata).set(KEY, JSON.stringify({ scale, mean, std, invert }));
  return { ...model, metadata };
}

/**
 * What the file itself says of its preprocessing, its values not yet checked; undefined where it says nothing.
 * @throws ModelRejected for words that cannot be read
 */
export function statedPreprocess({ metadata }: OnnxModel): Readonly<Record<string, unknown>> | undefined {
  const text = metadata?.get(KEY);
  if (text === undefined) return undefined;
  const stated = parsed(text);
  if (typeof stated === "object" && stated !== null) return stated as Readonly<Record<string, unknown>>;
  throw new ModelRejected(`Its metadata ${KEY} is no JSON object. Write the model again, or take that metadata out.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
