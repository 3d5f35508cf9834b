import type { Preprocess } from "../image/preprocess-settings.ts";
import type { OnnxModel } from "./graph.ts";
import { rejectModel } from "./rejected.ts";

/** Key of the metadata that contain a file's own preprocessing, as the sidecar's JSON. */
const KEY = "isobit.preprocess";

/** The model with its preprocessing in its metadata, so that it does not need a sidecar. */
export function withPreprocess(model: OnnxModel, { scale, mean, std, invert }: Preprocess): OnnxModel {
  const metadata = new Map(model.metadata).set(KEY, JSON.stringify({ scale, mean, std, invert }));
  return { ...model, metadata };
}

/**
 * What the file states about its preprocessing, values not yet checked; undefined if it states nothing.
 * @throws ModelRejected for text that cannot be read
 */
export function statedPreprocess({ metadata }: OnnxModel): Readonly<Record<string, unknown>> | undefined {
  const text = metadata?.get(KEY);
  if (text === undefined) return undefined;
  const stated = parsed(text);
  if (typeof stated === "object" && stated !== null) return stated as Readonly<Record<string, unknown>>;
  rejectModel(`Its metadata ${KEY} is not a JSON object. Write the model again, or remove that metadata.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
