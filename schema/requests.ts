import type { Tolerance } from "#core/verdicts/drift.ts";
import type { InferenceRequest } from "#core/request.ts";
import { Backend } from "./backends.ts";
import { builder } from "./builder.ts";
import { ImageInput, toSource } from "./images.ts";

/* What `parity` and `sweep` are asked. */

const ToleranceInput = builder.inputType("ToleranceInput", {
  description:
    "WITHIN_TOLERANCE when every element has |a-b| <= abs or |a-b| <= rel*|reference| or ulp distance <= ulp. All absent: bits must be equal.",
  fields: (t) => ({ abs: t.float(), rel: t.float(), ulp: t.int() }),
});

export const QUESTION_ARGS = builder.args((t) => ({
  images: t.idList({ description: "Ids of `images`." }),
  inputs: t.field({ type: [ImageInput] }),
  backends: t.field({ type: [Backend] }),
  peers: t.idList({ description: "Ids of `health.peers`, beside the backends; absent: none." }),
  reference: t.field({ type: Backend, description: "Takes part even where `backends` does not name it." }),
  model: t.id({ description: "An id of `models`; absent: the default model." }),
  tolerance: t.field({ type: ToleranceInput, description: "Absent: bits must be equal." }),
}));

interface RequestArgs {
  readonly images?: readonly string[] | null | undefined;
  readonly inputs?: readonly (typeof ImageInput.$inferInput)[] | null | undefined;
  readonly backends?: InferenceRequest["backends"] | null | undefined;
  readonly peers?: readonly string[] | null | undefined;
  readonly reference?: InferenceRequest["reference"] | null | undefined;
  readonly model?: string | null | undefined;
  readonly tolerance?: typeof ToleranceInput.$inferInput | null | undefined;
}

/** The wire's null and absence are the same. @throws IsobitError BAD_INPUT for an input that is none */
export function toRequest({
  images,
  inputs,
  backends,
  peers,
  reference,
  model,
  tolerance,
}: RequestArgs): InferenceRequest {
  return {
    ...(images == null ? {} : { images }),
    ...(inputs == null ? {} : { inputs: inputs.map(toSource) }),
    ...(backends == null ? {} : { backends }),
    ...(peers == null ? {} : { peers }),
    ...(reference == null ? {} : { reference }),
    ...(model == null ? {} : { model }),
    ...(tolerance == null ? {} : { tolerance: toTolerance(tolerance) }),
  };
}

function toTolerance({ abs, rel, ulp }: typeof ToleranceInput.$inferInput): Tolerance {
  return { ...(abs == null ? {} : { abs }), ...(rel == null ? {} : { rel }), ...(ulp == null ? {} : { ulp }) };
}
