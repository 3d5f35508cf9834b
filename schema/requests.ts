import type { InferenceRequest } from "#core/request.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { Backend } from "./backends.ts";
import { builder } from "./builder.ts";
import { ImageInput, KeyedInput, toSource } from "./images.ts";

/* Arguments that several questions share. */

const ToleranceInput = builder.inputType("ToleranceInput", {
  description:
    "WITHIN_TOLERANCE when every element has |a-b| <= abs or |a-b| <= rel*|reference| or ulp distance <= ulp. All absent: bits must be equal.",
  fields: (t) => ({
    abs: t.float({ description: "Largest absolute difference." }),
    rel: t.float({ description: "Largest difference relative to the reference." }),
    ulp: t.int({ description: "Largest ULP distance." }),
  }),
});

const MODEL = { description: "An id of `models` (default: the first)." };

/** What one question about one input is asked with. */
export const ONE_INPUT = builder.args((t) => ({
  input: t.field({ type: ImageInput, required: true, description: "What to run the model on." }),
  model: t.id(MODEL),
}));

export const QUESTION_ARGS = builder.args((t) => ({
  images: t.idList({ description: "Ids of `images` (default: all, if there are no inputs)." }),
  inputs: t.field({
    type: [ImageInput],
    description: "Your own inputs, named input:0, input:1, … in the response.",
  }),
  keyedInputs: t.field({ type: [KeyedInput], description: "Your own inputs, named by your keys in the response." }),
  backends: t.field({
    type: [Backend],
    description: "Backends to compare (default: WASM, CPU and every other available one).",
  }),
  peers: t.idList({ description: "Ids of `health.peers` to compare in addition (default: none)." }),
  reference: t.field({
    type: Backend,
    description:
      "The backend that the others are compared with; included even if `backends` omits it (default: CPU, or WASM without CPU).",
  }),
  model: t.id(MODEL),
  tolerance: t.field({
    type: ToleranceInput,
    description: "Differences to accept (default: none, bits must be equal).",
  }),
}));

interface RequestArgs {
  readonly images?: readonly string[] | null | undefined;
  readonly inputs?: readonly (typeof ImageInput.$inferInput)[] | null | undefined;
  readonly keyedInputs?: readonly (typeof KeyedInput.$inferInput)[] | null | undefined;
  readonly backends?: InferenceRequest["backends"] | null | undefined;
  readonly peers?: readonly string[] | null | undefined;
  readonly reference?: InferenceRequest["reference"] | null | undefined;
  readonly model?: string | null | undefined;
  readonly tolerance?: typeof ToleranceInput.$inferInput | null | undefined;
}

/** On the wire, null and absence are the same. @throws IsobitError BAD_INPUT for a malformed input */
export function toRequest(args: RequestArgs): InferenceRequest {
  const { inputs, keyedInputs, tolerance, ...others } = args;
  return withoutNulls({
    ...others,
    inputs: inputs?.map(toSource),
    keyedInputs: keyedInputs?.map(({ key, input }) => ({ key, source: toSource(input) })),
    tolerance: tolerance && withoutNulls<Tolerance>(tolerance),
  });
}

type Nullable<T> = { readonly [Key in keyof T]: T[Key] | null | undefined };

export function withoutNulls<T extends object>(fields: Nullable<T>): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as T;
}
