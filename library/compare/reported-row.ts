import { createHash } from "node:crypto";
import { base64 } from "@scure/base";
import { IsobitError } from "#core/errors.ts";
import { argmax, softmax } from "#core/tensors/softmax.ts";
import { float32Of, type NamedTensors } from "#core/tensors/tensor-value.ts";
import type { ReportedAnswer, ReportedTensor } from "../report/run-report.ts";
import type { InputRow } from "../inputs/input-set.ts";
import type { Answer } from "./answers.ts";
import { MAX_REPORTED_BITS_BYTES } from "./limits.ts";

/** Counts the bits that a report holds: from some row on, a long run keeps only hashes. */
export class BitsBudget {
  #left: number;

  /** @param all for a golden, which is nothing without them */
  constructor(all: boolean) {
    this.#left = all ? Number.POSITIVE_INFINITY : MAX_REPORTED_BITS_BYTES;
  }

  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }
}

/** SHA-256 of the tensors' bytes, in the model's order; null where the input could not be read. */
export function inputSha256(row: InputRow): string | null {
  if (row.feeds instanceof IsobitError) return null;
  const hash = createHash("sha256");
  for (const { bytes } of row.feeds.values()) hash.update(bytes);
  return hash.digest("hex");
}

/** @param labels null for a model that is not a classifier */
export function reportedAnswer(
  source: string,
  answer: Answer,
  labels: readonly string[] | null,
  budget: BitsBudget,
): ReportedAnswer {
  if (!answer.ok) {
    const { code, message } = answer.error;
    return { source, error: { code, message }, prediction: null, latencyMs: null, tensors: [] };
  }
  return {
    source,
    error: null,
    prediction: predictionOf(answer.outputs, labels),
    latencyMs: answer.latencyMs,
    tensors: [...answer.outputs].map(([name, tensor]): ReportedTensor => {
      const { type, dims, bytes } = tensor;
      const bits = budget.take(bytes.length) ? base64.encode(bytes) : null;
      return { name, type, dims, sha256: createHash("sha256").update(bytes).digest("hex"), bits };
    }),
  };
}

function predictionOf(outputs: NamedTensors, labels: readonly string[] | null): ReportedAnswer["prediction"] {
  const [tensor] = outputs.values();
  if (labels === null || tensor?.type !== "float32") return null;
  const logits = float32Of(tensor).slice(0, labels.length);
  const classIndex = argmax(logits);
  const probabilities = softmax(logits).map((each) => (Number.isNaN(each) ? null : each));
  return { label: labels[classIndex] ?? "NaN", classIndex, probabilities };
}
