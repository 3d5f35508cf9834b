import type { ModelInfo } from "#core/model/model.ts";
import { askFor } from "./ask.ts";
import { graphql } from "./graphql.ts";

/** A served model, as a side describes it. */
export interface ServedModel extends Pick<ModelInfo, "id" | "sha256" | "executedSha256" | "labels" | "preprocess"> {
  readonly inputShape: readonly number[];
}

const SERVED_MODELS_QUERY = graphql(`
  {
    models {
      id sha256 executedSha256 labels inputShape preprocess { scale mean std invert }
    }
  }
`);

/** The models that a side serves, the default first. @throws IsobitError where it does not answer */
export function askModels(url: string, stop: AbortSignal): Promise<readonly ServedModel[]> {
  return askFor(url, "models", { query: SERVED_MODELS_QUERY, variables: {} }, stop);
}

/** A model that was read from its file, as a side that serves it describes it. */
export function asServed({ id, sha256, executedSha256, labels, input, preprocess }: ModelInfo): ServedModel {
  const { scale, mean, std, invert } = preprocess;
  return {
    id,
    sha256,
    executedSha256,
    labels,
    inputShape: input.shape,
    preprocess: { scale, mean, std, invert },
  };
}
