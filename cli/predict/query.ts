import type { BackendId } from "#core/backends.ts";
import { ask, askFor, refusal, type WireError } from "#library/stack/ask.ts";
import type { NamedImage } from "../image-argument.ts";

const PREDICT_QUERY = `query Predict($input: ImageInput!, $backend: Backend!, $model: ID) {
  predict(input: $input, backend: $backend, model: $model) {
    backend label classIndex probabilities latencyMs
    model { id sha256 labels }
    logits { executionProvider values bits sha256 inputSha256 }
  }
}`;

export interface AnsweredPrediction {
  readonly backend: BackendId;
  /** "NaN" where a logit is one. */
  readonly label: string;
  readonly classIndex: number;
  /** One a label; null where it is not finite. */
  readonly probabilities: readonly (number | null)[];
  readonly latencyMs: number | null;
  readonly model: { readonly id: string; readonly sha256: string; readonly labels: readonly string[] };
  readonly logits: {
    readonly executionProvider: string;
    readonly values: readonly (number | null)[];
    /** Base64 of little-endian float32. */
    readonly bits: string;
    readonly sha256: string;
    readonly inputSha256: string;
  };
}

/** One image's answer: a prediction or the reason why there is none. */
export interface ImageAnswer {
  readonly image: string;
  readonly prediction: AnsweredPrediction | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** @throws LibraryError where nobody answers, or the query itself is not understood */
export async function askPrediction(
  url: string,
  { name, input }: NamedImage,
  settings: { readonly backend: BackendId; readonly model?: string },
  stop: AbortSignal,
): Promise<ImageAnswer> {
  type Data = { readonly predict: AnsweredPrediction | null };
  const { data, errors } = await ask<Data>(url, { query: PREDICT_QUERY, variables: { input, ...settings } }, stop);
  if (data?.predict) return { image: name, prediction: data.predict, error: null };
  return { image: name, prediction: null, error: ofTheImage(url, errors?.[0]) };
}

/** The ids of the built-in images. @throws LibraryError where nobody answers */
export async function askImageIds(url: string, stop: AbortSignal): Promise<readonly string[]> {
  const images = await askFor<{ id: string }[]>(url, "images", { query: "{ images { id } }", variables: {} }, stop);
  return images.map(({ id }) => id);
}

/** An error without a path is about the query or the caller, and any other image would meet it too. */
function ofTheImage(url: string, error: WireError | undefined): ImageAnswer["error"] {
  const code = error?.extensions?.code;
  if (error?.path === undefined || code === undefined || code === "MODEL_NOT_FOUND") throw refusal(url, error);
  return { code, message: error.message };
}
