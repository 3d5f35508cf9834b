import type { Digit } from "./images.ts";
import type { Load } from "./load.ts";
import type { Subject } from "./subjects.ts";

/** Where and how a service is asked for a prediction of a PNG. */
export type Asking = Pick<Load, "url" | "path" | "bodies">;

/** What a person's program asks: the label and the probabilities of an image. */
const PREDICT = `query ($file: Bytes!, $backend: Backend!, $model: ID!) {
  predict(input: { file: $file }, backend: $backend, model: $model) { classIndex label probabilities }
}`;

export function overGraphql(url: string, backend: "WASM" | "CPU", model: Subject, digits: readonly Digit[]): Asking {
  return {
    url,
    path: "/graphql",
    bodies: digits.map(({ base64, label }) => ({
      body: JSON.stringify({ query: PREDICT, variables: { file: base64, backend, model: model.id } }),
      expected: `"classIndex":${label},`,
    })),
  };
}

/** MathSketch's form, which the FastAPI service has, too; isobit answers it with its default model. */
export function overRest(url: string, digits: readonly Digit[], path = "/predict"): Asking {
  return {
    url,
    path,
    bodies: digits.map(({ base64, label }) => ({
      body: JSON.stringify({ image_data: base64 }),
      expected: `"prediction":${label},`,
    })),
  };
}
