import type { BackendId } from "#core/backends.ts";
import { ask, refusal, type WireError } from "#library/stack/ask.ts";
import { graphql } from "#library/stack/graphql.ts";
import type { AnswerOf } from "#schema/typed-query.ts";
import type { NamedImage } from "../image-argument.ts";

const PREDICT_QUERY = graphql(`
  query Predict($input: ImageInput!, $backend: Backend!, $model: ID) {
    predict(input: $input, backend: $backend, model: $model) {
      backend label classIndex probabilities latencyMs model { id sha256 labels }
      logits { executionProvider values bits sha256 inputSha256 }
    }
  }
`);

export type AnsweredPrediction = AnswerOf<typeof PREDICT_QUERY>["predict"];

/** The answer for one image: a prediction, or an error. */
export interface ImageAnswer {
  readonly image: string;
  readonly prediction: AnsweredPrediction | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** @throws LibraryError if no side answers, or the query itself is not understood */
export async function askPrediction(
  url: string,
  { name, input }: NamedImage,
  settings: { readonly backend: BackendId; readonly model?: string },
  stop: AbortSignal,
): Promise<ImageAnswer> {
  const { data, errors } = await ask(url, { query: PREDICT_QUERY, variables: { input, ...settings } }, stop);
  if (data?.predict) return { image: name, prediction: data.predict, error: null };
  return { image: name, prediction: null, error: ofTheImage(url, errors?.[0]) };
}

/** An error without a path is about the query or the caller, so it would also occur with every other image. */
function ofTheImage(url: string, error: WireError | undefined): ImageAnswer["error"] {
  const code = error?.extensions?.code;
  if (error?.path === undefined || code === undefined || code === "MODEL_NOT_FOUND") throw refusal(url, error);
  return { code, message: error.message };
}
