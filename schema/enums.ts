import { ERROR_CODES, type ErrorCode } from "#core/errors.ts";
import { CAUSES, type Cause, type ErrorBound, type SumOrder } from "#core/explain/explanation.ts";
import { CERTIFICATE_VIOLATED } from "#core/verdicts/violation.ts";
import { builder } from "./builder.ts";

/* Values that several types share. Names on the wire are those that isobit's reports use, so some are lower-case. */

/** An enum whose values are the keys of a table of descriptions. */
export function enumOf<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
) {
  const entries = Object.entries<string>(values).map(([value, text]) => [value, { value, description: text }]);
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(entries) as Record<Value, { value: Value; description: string }>,
  });
}

export const ErrorCodeEnum = enumOf<ErrorCode | "INTERNAL">(
  "ErrorCode",
  "The kind of a failure: `extensions.code` of every GraphQL error, and `code` of a BackendError.",
  {
    ...(Object.fromEntries(
      Object.entries(ERROR_CODES).map(([code, { meaning, remedy }]) => [code, `${meaning} ${remedy}`]),
    ) as Record<ErrorCode, string>),
    INTERNAL: "A defect of isobit. The server's log has the details under the `id` in `extensions`.",
  },
);

export const ViolationCode = enumOf("ViolationCode", "The kind of a certificate violation.", {
  [CERTIFICATE_VIOLATED]: "Bits differ where a certificate proves that they cannot.",
});

export const CauseEnum = enumOf<Cause>("Cause", "Why elements of a node's output have different bits.", CAUSES);

export const OptimizationLevel = enumOf(
  "OptimizationLevel",
  "ONNX Runtime's level of graph optimisation, as ONNX Runtime names it.",
  {
    disabled: "No optimisation.",
    basic: "Rewrites that keep the meaning of the graph, such as constant folding.",
    extended: "In addition, fusions that depend on the execution provider. Every backend of isobit runs at this level.",
    layout: "In addition, changes of memory layout.",
    all: "Every optimisation.",
  },
);

/** core keeps levels as text. */
export type Level = typeof OptimizationLevel.$inferType;

export const BoundKind = enumOf<ErrorBound["kind"]>("BoundKind", "How an error bound applies.", {
  elementwise: "Each element has its own bound.",
  normwise: "All elements share the largest bound, because Winograd or Fourier methods are possible.",
});

export const BiasPosition = enumOf<SumOrder["bias"]>("BiasPosition", "When a sum adds the bias.", {
  first: "Before the products.",
  last: "After the products.",
  none: "The sum does not have a bias.",
});
