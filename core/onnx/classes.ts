import { MAX_CLASSES } from "../limits.ts";
import type { Graph, ValueInfo } from "./graph.ts";
import { inferClasses } from "./infer-classes.ts";
import { ModelRejected, quoted, rejectModel } from "./rejected.ts";
import { describeType } from "./value-info.ts";

/**
 * The graph's only output, which must be float32 if its type is stated.
 * @throws ModelRejected for no or several outputs, or another type
 */
export function onlyOutput({ outputs }: Graph): ValueInfo {
  const [output, ...others] = outputs;
  if (!output) rejectModel("It has no output. Export the model with its logits as the output.");
  if (others.length > 0) {
    // Shapes do not show which of them are the logits when others are probabilities or features.
    const list = outputs.map((each) => `${quoted(each.name)} (${describeType(each)})`).join(", ");
    rejectModel(`It has ${outputs.length} outputs: ${list}. Export the model with the logits as its only output.`);
  }
  if (output.elementType !== "float32" && output.elementType !== null)
    rejectModel(
      `Its output ${quoted(output.name)} is ${describeType(output)}; logits are float32 [N, classes]. Export the model up to its logits, before any argmax.`,
    );
  return output;
}

/**
 * The number of classes, from the output's shape ([N,K], [K] of a batch of one, or [N,K,1,1] and the like), otherwise from
 * the weights of the last layer.
 * @param fixedBatch null for a dynamic one
 * @throws ModelRejected if the output is not one row of at least two logits per image
 */
export function countClasses(graph: Graph, fixedBatch: number | null): number {
  const output = onlyOutput(graph);
  const declared = fromShape(output, fixedBatch);
  const classes = declared === -1 ? inferClasses(graph, output.name) : declared;
  if (classes === null)
    rejectModel(
      `Neither its output ${quoted(output.name)} (${describeType(output)}) nor its last layer shows how many classes it has. ` +
        "Export the model with the output's shape, [N, classes].",
    );
  if (classes > MAX_CLASSES)
    rejectModel(
      `Its output ${quoted(output.name)} (${describeType(output)}) gives ${classes} numbers per image; isobit serves up to ${MAX_CLASSES} classes.`,
    );
  if (classes >= 2) return classes;
  rejectModel(
    `Its output ${quoted(output.name)} (${describeType(output)}) gives one number per image; a classifier has at least two classes.`,
  );
}

/** -1 if the shape does not show it. */
function fromShape(output: ValueInfo, fixedBatch: number | null): number {
  const { shape } = output;
  if (shape === null) return -1;
  const wrong = (why: string): ModelRejected =>
    new ModelRejected(
      `Its output ${quoted(output.name)} is ${describeType(output)}, ${why}. Export the model with one row of logits per image, [N, classes].`,
    );
  const [batch = -1, ...row] = shape;
  if (shape.length === 0) throw wrong("a single number");
  if (shape.length === 1) {
    if (fixedBatch === 1) return batch;
    throw wrong(`which has no place for ${fixedBatch === null ? "a batch of any size" : `a batch of ${fixedBatch}`}`);
  }
  if (fixedBatch !== null && batch > 0 && batch !== fixedBatch) {
    throw wrong(`but its input is a batch of ${fixedBatch}`);
  }
  const wide = row.filter((size) => size !== 1);
  if (wide.length > 1 && !wide.includes(-1)) throw wrong("which is not one row of logits per image");
  return wide.length > 1 ? -1 : (wide[0] ?? 1);
}
