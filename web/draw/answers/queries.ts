import { gql } from "urql";

export interface SketchPrediction {
  readonly label: string;
  readonly probabilities: readonly (number | null)[];
  readonly latencyMs: number | null;
  /** Base64 of little-endian float32. */
  readonly logits: { readonly bits: string };
}

export interface SketchVariables {
  /** Base64. */
  readonly pixels: string;
  readonly model: string;
}

/** The edge's own answer, which waits for nobody. */
export const PREDICT_SKETCH = gql<{ readonly predict: SketchPrediction }, SketchVariables>`
  query PredictSketch($pixels: Bytes!, $model: ID!) {
    predict(input: { pixels: $pixels }, model: $model, backend: WASM) {
      label
      probabilities
      latencyMs
      logits {
        bits
      }
    }
  }
`;

export interface SketchOutput {
  readonly source: string;
  readonly prediction: SketchPrediction | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface SketchParity {
  readonly parity: {
    readonly certificateViolations: readonly { readonly code: string; readonly message: string }[];
    readonly rows: readonly { readonly outputs: readonly SketchOutput[] }[];
  };
}

/** Every available backend's answer. */
export const COMPARE_SKETCH = gql<SketchParity, SketchVariables>`
  query CompareSketch($pixels: Bytes!, $model: ID!) {
    parity(inputs: [{ pixels: $pixels }], model: $model) {
      certificateViolations {
        code
        message
      }
      rows {
        outputs {
          source
          prediction {
            label
            probabilities
            latencyMs
            logits {
              bits
            }
          }
          error {
            code
            message
          }
        }
      }
    }
  }
`;
