import * as z from "zod/mini";
import { BACKEND_IDS } from "#core/backends.ts";
import type { BackendStatus } from "#core/backends/backend.ts";
import { type ErrorCode, IsobitError, isErrorCode, messageOf } from "#core/errors.ts";
import type { Levels } from "#core/image/grey.ts";
import { isElementType, type NamedTensors, type TensorValue, tensorValue } from "#core/tensors/tensor-value.ts";
import type { Message } from "./message.ts";

/*
 * What one side asks of the other: POST /link/<name of the question>. A receiver answers only with its own backends, so a
 * call never bounces. The JSON of each question is checked; answers come from the same version and are trusted.
 */

// Zod compiles its checks by `new Function` where it may; a Worker may not.
z.config({ jitless: true });

const Backend = z.enum(BACKEND_IDS);
const Names = z.readonly(z.array(z.string()));
const Tensor = z.object({ name: z.string(), type: z.string(), dims: z.readonly(z.array(z.int())) });
const Part = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("served") }),
  z.object({ kind: z.literal("marked"), outputs: Names }),
  z.object({ kind: z.literal("shapes"), values: Names }),
  z.object({ kind: z.literal("node"), node: z.int() }),
]);
const OnModel = z.object({ backend: Backend, modelSha256: z.string() });

export const QUESTIONS = {
  /** The status of every backend that the receiver holds. */
  statuses: z.object({}),
  /** Runs a model on a batch. Bytes: one string, the input tensors one after another, little-endian float32. */
  infer: OnModel,
  /** Runs a part of a model, cut from the receiver's own copy. Bytes: one string per feed. */
  evaluate: z.extend(OnModel, { part: Part, feeds: z.array(Tensor) }),
  /** What is left of a part once the optimiser is done. */
  fusedNodes: z.extend(OnModel, { part: Part }),
  /** Decodes images that are not PNG for a model; only the origin can. Bytes: one string per file. */
  decode: z.object({ modelSha256: z.string() }),
} as const;

export type Question = keyof typeof QUESTIONS;
export type Asked<Name extends Question> = z.infer<(typeof QUESTIONS)[Name]>;

type TensorHead = z.infer<typeof Tensor>;
export interface WireFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The JSON of each answer. */
export interface Answers {
  readonly statuses: readonly BackendStatus[];
  /** One entry per input: its latency, or why it failed. Bytes: one string, the logits of the inputs that did not fail. */
  readonly infer: readonly (WireFailure | { readonly latencyMs: number | null })[];
  /** Bytes: one string per tensor. */
  readonly evaluate: readonly TensorHead[];
  readonly fusedNodes: readonly string[] | null;
  /** One entry per file. Bytes: one string per decoded image, its levels row by row, not normalised. */
  readonly decode: readonly (WireFailure | Omit<Levels, "values">)[];
}

export function toFailure({ code, message, details }: IsobitError): WireFailure {
  return { code, message, details };
}

export function fromFailure({ code, message, details = {} }: WireFailure): IsobitError {
  return new IsobitError(isErrorCode(code) ? code : "BACKEND_FAILED", message, { details });
}

export function toTensors(tensors: NamedTensors): { readonly heads: TensorHead[]; readonly bytes: Message["bytes"] } {
  const heads = [...tensors].map(([name, { type, dims }]) => ({ name, type, dims }));
  return { heads, bytes: Array.from(tensors.values(), ({ bytes }) => bytes) };
}

/** @throws IsobitError BAD_INPUT for an unknown type, or bytes that do not fit it */
export function fromTensors(heads: readonly TensorHead[], bytes: Message["bytes"]): NamedTensors {
  return new Map(heads.map((head, index) => [head.name, fromTensor(head, bytes[index])]));
}

function fromTensor({ name, type, dims }: TensorHead, bytes: Uint8Array = new Uint8Array()): TensorValue {
  if (!isElementType(type)) throw new IsobitError("BAD_INPUT", `The tensor ${name} has the unknown type ${type}.`);
  try {
    return tensorValue(type, dims, bytes);
  } catch (error) {
    throw new IsobitError("BAD_INPUT", `The tensor ${name} is malformed: ${messageOf(error)}.`);
  }
}
