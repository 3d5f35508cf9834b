import { graphql, type ResultOf } from "../graphql.ts";

/** WASM on the edge, which waits for no other backend. */
export const PREDICT_SKETCH = graphql(`
  query PredictSketch($pixels: Bytes!, $model: ID!) {
    predict(input: { pixels: $pixels }, model: $model, backend: WASM) {
      label probabilities latencyMs logits { bits }
    }
  }
`);

export type SketchPrediction = ResultOf<typeof PREDICT_SKETCH>["predict"];

/** Every available backend. */
export const COMPARE_SKETCH = graphql(`
  query CompareSketch($pixels: Bytes!, $model: ID!) {
    parity(inputs: [{ pixels: $pixels }], model: $model) {
      certificateViolations { code message }
      rows {
        outputs {
          source prediction { label probabilities latencyMs logits { bits } } error { code message }
        }
      }
    }
  }
`);

export type SketchOutput = ResultOf<typeof COMPARE_SKETCH>["parity"]["rows"][number]["outputs"][number];
