import { BACKEND_IDS } from "#core/backends/backend.ts";
import * as z from "zod";

/** A number that may be NaN or infinite: JSON has neither, so that null stands for both. */
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
    "INT8_SATURATION",
    "WRONG_RESULT",
    "INHERITED",
    "UNDETERMINED",
    "UNEXPLAINED",
    "NONE",
  ])
  .meta({ id: "cause" });

const hypothesisSide = z
  .strictObject({
    order: z.strictObject({
      description: z.string(),
      block: z.int().nullable(),
      bias: z.enum(["first", "last", "none"]),
      lanes: z.int(),
    }),
    fused: z.boolean(),
    tf32: z.boolean(),
    wide: z.boolean(),
  })
  .meta({ id: "arithmetic" });

const computedOn = z
  .strictObject({ source: z.string(), backend: z.enum(BACKEND_IDS).nullable(), optimizationLevel: z.string() })
  .meta({ id: "computedOn" });

/** core/explain/explanation.ts says what each field means. */
const explanation = z
  .strictObject({
    cause,
    causes: z.array(z.strictObject({ cause, elements: z.int() })),
    consistentWith: z.array(cause),
    explainedElements: z.int(),
    unexplainedElements: z.int(),
    unexplainedIndices: z.array(z.int()),
    hypothesis: z
      .strictObject({
        reference: hypothesisSide,
        other: hypothesisSide,
        matchRate: z.number(),
        controlMatchRate: z.number(),
        tried: z.int(),
      })
      .nullable(),
    bound: z
      .strictObject({
        kind: z.enum(["elementwise", "normwise"]),
        formula: z.string(),
        n: z.number(),
        unitRoundoff: z.strictObject({ reference: z.number(), other: z.number() }),
        worstShare: numberOrNull,
      })
      .nullable(),
    wrong: z.array(
      z.strictObject({
        side: z.enum(["reference", "other"]),
        elements: z.int(),
        index: z.int(),
        value: numberOrNull,
        exact: numberOrNull,
        bound: numberOrNull,
      }),
    ),
    notes: z.array(z.string()),
    computedOn: z.strictObject({ reference: computedOn, other: computedOn }),
  })
  .meta({ id: "explanation" });

const node = z
  .strictObject({
    index: z.int(),
    name: z.string(),
    op: z.string(),
    dims: z.array(z.int()),
    elements: z.int(),
    differingElements: z.int(),
    maxAbs: z.number().nullable(),
    maxUlp: z.number().nullable(),
    originatesHere: z.boolean(),
    bornElements: z.int().nullable(),
    reproduced: z.boolean().nullable(),
    cause,
    explainedElements: z.int(),
    explanation: explanation.nullable(),
    note: z.string().nullable(),
  })
  .meta({ id: "node" });

const marking = z
  .strictObject({
    optimizationLevel: z.string(),
    slices: z.int(),
    fusionChanged: z.boolean().nullable(),
    differingElements: z.int(),
    maxAbs: z.number().nullable(),
    maxUlp: z.number().nullable(),
  })
  .meta({ id: "marking" });

/** core/trace/result.ts says what each field means. */
export const traceSchema = z
  .strictObject({
    input: z.string(),
    reference: z.string(),
    other: z.string(),
    outcome: z.enum(["IDENTICAL", "DRIFT", "WRONG_RESULT"]),
    firstDrift: node.nullable(),
    nodes: z.array(node),
    weightsDiffer: z.array(z.string()),
    unmatched: z.strictObject({ reference: z.array(z.string()), other: z.array(z.string()) }),
    marking: z.strictObject({ reference: marking, other: marking }),
  })
  .meta({ id: "trace" });
