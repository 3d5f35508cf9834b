import { rowsOf } from "#core/tensors/joined.ts";
import { argmax } from "#core/tensors/softmax.ts";

/** How well logits fit known labels. */
export interface Score {
  /** Share of images with the right label. */
  readonly accuracy: number;
  /** Mean negative log-likelihood of the right label, in nats. */
  readonly negativeLogLikelihood: number;
}

/**
 * @param logits one row per image
 * @param truth the class index of each image
 */
export function scoreOf(logits: Float32Array, truth: readonly number[]): Score {
  const rows = rowsOf(logits, logits.length / truth.length);
  const right = rows.filter((row, image) => argmax(row) === truth[image]).length;
  const likelihood = rows.reduce((total, row, image) => total + surprise(row, truth[image]!), 0);
  return { accuracy: right / rows.length, negativeLogLikelihood: likelihood / rows.length };
}

/** Share of images that have the same label in both. */
export function labelAgreement(left: Float32Array, right: Float32Array, images: number): number {
  const classes = left.length / images;
  const others = rowsOf(right, classes);
  return rowsOf(left, classes).filter((row, image) => argmax(row) === argmax(others[image]!)).length / images;
}

/** -log softmax, which stays finite where the probability itself would underflow. */
function surprise(row: Float32Array, label: number): number {
  const largest = row.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const total = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return Math.log(total) + largest - row[label]!;
}
