import { BACKEND_IDS } from "#core/backends.ts";
import type { TraceResult } from "#core/trace/result.ts";
import * as z from "zod";
import { pairOfSources } from "./fields.ts";

/** A number that may be NaN or infinite, which JSON cannot represent: null means either. */
const numberOrNull = z.number().nullable() as unknown as z.ZodNumber;

const cause = z
  .enum([
    "FUSED_MULTIPLY_ADD",
    "SUMMATION_ORDER",
    "TF32",
    "WIDER_ACCUMULATION",
    "REDUCED_PRECISION",
    "APPROXIMATED_FUNCTION",
    "SPECIAL_VALUE",
    "NAN_PROPAGATION",
    "BATCH_DEPENDENCE",
    "INT8_SATURATION",
    "WRONG_RESULT",
    "INHERITED",
    "UNDETERMINED",
    "UNEXPLAINED",
    "NONE",
  ])
  .meta({ id: "cause", description: "Why elements differ; docs/drift.md explains each cause." });

const arithmetic = z
  .strictObject({
    order: z
      .strictObject({
        description: z.string().describe("The order in words."),
        block: z.int().nullable().describe("Products per block; null for a single block."),
        bias: z.enum(["first", "last", "none"]).describe("When the bias is added."),
        lanes: z.int().describe("Partial sums that are joined at the end; 1 for a single sum."),
      })
      .describe("Summation order."),
    fused: z.boolean().describe("Products are added without being rounded first."),
    tf32: z.boolean().describe("Factors are rounded to TF32."),
    wide: z.boolean().describe("Sums are kept in a wider type than the output's."),
  })
  .meta({ id: "arithmetic", description: "One way to compute the sums of a node." });

const computedOn = z
  .strictObject({
    source: z.string().describe("Name of the source."),
    backend: z.enum(BACKEND_IDS).nullable().describe("Null for a runtime that is not one of isobit's backends."),
    optimizationLevel: z.string().describe("Graph optimisation level."),
  })
  .meta({ id: "computedOn", description: "Where one side's bits were computed." });

const bothSides = <Field extends z.ZodType>(field: Field) => ({
  reference: field.describe("On the reference."),
  other: field.describe("On the other source."),
});

const explanation = z
  .strictObject({
    cause: cause.describe("The most severe cause that accounts for an element."),
    causes: z
      .array(
        z.strictObject({
          cause: cause.describe("A cause."),
          elements: z.int().describe("Elements that it accounts for."),
        }),
      )
      .describe("All causes, most elements first; their elements add up to the differing elements."),
    consistentWith: z.array(cause).describe("The causes that remain possible for UNDETERMINED elements."),
    explainedElements: z.int().describe("Elements whose cause is settled."),
    unexplainedElements: z.int().describe("Elements that no hypothesis reproduces."),
    unexplainedIndices: z.array(z.int()).describe("Flat indices of up to 16 unexplained elements."),
    hypothesis: z
      .strictObject({
        reference: arithmetic.describe("How the reference computed its sums."),
        other: arithmetic.describe("How the other source computed its sums."),
        matchRate: z.number().describe("Share of elements whose bits it reproduces on both sides, 0 to 1."),
        controlMatchRate: z.number().describe("The best rate of the same search on shuffled outputs: chance alone."),
        tried: z.int().describe("Number of hypotheses that were tried."),
      })
      .nullable()
      .describe("The best hypothesis about both sides' sums; null where none applies."),
    bound: z
      .strictObject({
        kind: z
          .enum(["elementwise", "normwise"])
          .describe("elementwise: each element has its own bound. normwise: the output's largest bound counts."),
        formula: z.string().describe("The formula and its source."),
        n: z.number().describe("Roundings that an element can go through."),
        unitRoundoff: z
          .strictObject(bothSides(z.number()))
          .describe("Unit roundoff of each side, e.g. 2^-24 for float32."),
        worstShare: numberOrNull.describe("Largest |result - exact| / bound of either side; above 1 is wrong."),
      })
      .nullable()
      .describe("How far a correct evaluation may lie from the exact result; null where it is not known."),
    wrong: z
      .array(
        z.strictObject({
          side: z.enum(["reference", "other"]).describe("The side that is wrong."),
          elements: z.int().describe("Elements beyond the bound."),
          index: z.int().describe("Flat index of the worst element."),
          value: numberOrNull.describe("Its value; null for NaN or infinity."),
          exact: numberOrNull.describe("The exact value; null where it is NaN or not known."),
          bound: numberOrNull.describe("Its bound; null where it is not known."),
        }),
      )
      .describe("Results outside the possible rounding error."),
    notes: z.array(z.string()).describe("Further facts, in sentences."),
    computedOn: z.strictObject(bothSides(computedOn)).describe("Where each side's bits were computed."),
  })
  .meta({ id: "explanation", description: "What is known about one node's difference on bit-equal inputs." });

const node = z
  .strictObject({
    index: z.int().describe("Place in the graph."),
    name: z.string().describe("Name in the file; the name of the first output where the node has none."),
    op: z.string().describe("Operator."),
    dims: z.array(z.int()).describe("Shape of the first output."),
    elements: z.int().describe("Elements of all outputs."),
    differingElements: z.int().describe("Elements whose bits differ."),
    maxAbs: z.number().nullable().describe("Largest |a-b|; null where no finite value was compared."),
    maxUlp: z.number().nullable().describe("Largest ULP distance; null where no finite value was compared."),
    originatesHere: z.boolean().describe("The node's inputs are equal in every bit, and its output is not."),
    bornElements: z
      .int()
      .nullable()
      .describe(
        "Elements introduced here: they differ when the node runs alone on equal inputs; null where it did not.",
      ),
    reproduced: z
      .boolean()
      .nullable()
      .describe("Running the node alone gave each side's traced bits again; null where it did not run alone."),
    cause: cause.describe(
      "NONE: no bit differs. INHERITED: no difference is introduced here. Else the explanation's cause.",
    ),
    explainedElements: z.int().describe("Differing elements that are inherited or explained."),
    explanation: explanation.nullable().describe("Of the elements introduced here; null where there are none."),
    note: z.string().nullable().describe("Why a fact is missing for this node; null where none is."),
  })
  .meta({ id: "node", description: "One node's output on both sources." });

const marking = z
  .strictObject({
    optimizationLevel: z.string().describe("Graph optimisation level."),
    slices: z.int().describe("Runs that the model was split into, so that memory stays bounded."),
    fusionChanged: z
      .boolean()
      .nullable()
      .describe("Exposing intermediate values changed fusion; null where the runtime does not report it."),
    differingElements: z.int().describe("Elements of the final outputs that changed."),
    maxAbs: z.number().nullable().describe("Largest change; null where no finite value was compared."),
    maxUlp: z.number().nullable().describe("Largest change in ULP; null where no finite value was compared."),
  })
  .meta({ id: "marking", description: "What exposing intermediate values changed in one source's final outputs." });

/** The compiler rejects a field of core that is not described here. */
export const traceSchema = z
  .strictObject({
    input: z.string().describe("The input that was traced."),
    ...pairOfSources,
    outcome: z
      .enum(["IDENTICAL", "DRIFT", "WRONG_RESULT"])
      .describe("WRONG_RESULT before DRIFT; DRIFT where any node differs, even where the final outputs agree."),
    firstDrift: node.nullable().describe("The first node in graph order whose bits differ; null where none does."),
    nodes: z.array(node).describe("Every node in graph order."),
    weightsDiffer: z
      .array(z.string())
      .describe("Nodes whose weights, attributes or bodies differ between two models; empty for one model."),
    unmatched: z
      .strictObject({
        reference: z.array(z.string()).describe("Nodes that only the reference has."),
        other: z.array(z.string()).describe("Nodes that only the other model has."),
      })
      .describe("Nodes without a counterpart; empty for one model."),
    marking: z.strictObject(bothSides(marking)).describe("What exposing intermediate values changed, per source."),
  })
  .meta({ id: "trace", description: "Every node's output on two sources, compared bit by bit." }) satisfies z.ZodType<
  TraceResult & { readonly input: string }
>;
