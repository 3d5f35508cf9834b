import { certifyAsRun } from "#core/model/certify-as-run.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import type { OnnxModel, ValueInfo } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { Tape } from "../generate/tape.ts";
import { TooLarge, volume } from "../oracle/exact.ts";
import type { Feed } from "../runtimes/feed.ts";
import { Incomputable, tryOut, type Trial, type Tried } from "../trial.ts";
import { GRAPH_MUTATIONS } from "./graph-mutations.ts";
import { hasNames, NAME_MUTATIONS } from "./name-mutations.ts";
import { NODE_MUTATIONS } from "./node-mutations.ts";
import { TENSOR_MUTATIONS } from "./tensor-mutations.ts";
import { encode, parse } from "./wire.ts";
import { WIRE_MUTATIONS } from "./wire-mutations.ts";

export const MUTATIONS = {
  ...WIRE_MUTATIONS,
  ...NAME_MUTATIONS,
  ...TENSOR_MUTATIONS,
  ...NODE_MUTATIONS,
  ...GRAPH_MUTATIONS,
};

/** Larger ones only cost time. */
const MOST_ELEMENTS = 4000;

export interface Mutant {
  readonly bytes: Uint8Array;
  /** The kinds of its changes. */
  readonly what: string;
}

/** The file of a certified graph with one to three changes. */
export function mutantOf({ model }: Trial, tape: Tape): Mutant {
  const root = parse(writeModel(model), "Model");
  const done: string[] = [];
  for (let left = tape.pick([1, 1, 1, 2, 3]); left > 0 || done.length === 0; left--) {
    const [what, mutate] = tape.pick(Object.entries(MUTATIONS));
    // A change may have left nothing for the next one to work on.
    if (canFollow(done) && hasNames(root) && mutate(root, tape)) done.push(what);
  }
  return { bytes: encode(root), what: done.join("; ") };
}

/** Bytes that stand as they are cannot be changed again. */
function canFollow(done: readonly string[]): boolean {
  return !done.some((what) => what === "a longer varint than needed" || what === "another wire type");
}

export type Judged =
  | Exclude<Tried, { kind: "ready" }>
  | { readonly kind: "ready"; readonly trial: Trial; readonly executed: Uint8Array }
  /** Certified, but more work than the oracle does: nothing is said about its claims. */
  | { readonly kind: "too large" }
  /** Certified, though the graph computes nothing for the input that was chosen. */
  | { readonly kind: "incomputable"; readonly what: string; readonly feed: Feed; readonly executed: Uint8Array };

/** Grey levels times a power of two are what isobit itself certifies a file for. */
export function takesGreyLevels({ lo, hi }: InputDomain): boolean {
  return lo === 0 && hi === 255;
}

/** What isobit makes of a file: refused in words, or certified in the form that it executes. */
export function judgeFile(bytes: Uint8Array, { domain, input }: Trial, tape: Tape): Judged {
  const form = executedForm(bytes, domain);
  if (typeof form === "string") return { kind: "refused", reason: form };
  const { executed, model } = form;
  const [{ name, shape }] = model.graph.inputs as [ValueInfo];
  const sizes = shape!.slice(1).map((size, axis) => (size >= 0 ? size : (input.dims[axis + 1] ?? 2)));
  if (Math.max(shape![0]!, 1) * volume(sizes) > MOST_ELEMENTS) return { kind: "too large" };
  try {
    const tried = tryOut({ model, domain: { ...domain, shape: shape! }, sizes }, tape);
    if (tried.kind === "refused") throw new Error(`the executed form is not certified again: ${tried.reason}`);
    return tried.kind === "ready" ? { ...tried, executed } : tried;
  } catch (error) {
    if (error instanceof TooLarge) return { kind: "too large" };
    if (!(error instanceof Incomputable)) throw error;
    return { kind: "incomputable", what: error.message, feed: { name, ...error.input }, executed };
  }
}

/** What isobit runs for a file with a certificate, or why there is none. */
function executedForm(
  bytes: Uint8Array,
  { exponent }: InputDomain,
): { readonly executed: Uint8Array; readonly model: OnnxModel } | string {
  try {
    const model = readModel(bytes);
    const shape = model.graph.inputs[0]?.shape ?? [];
    if (shape.length === 0) return "it has no input of a known shape";
    const preprocess = { scale: 2 ** exponent, mean: [0], std: [1], invert: false };
    const proved = certifyAsRun(model, preprocess, shape);
    if (!proved.certified) return proved.certification.firstFailure.reason;
    return { executed: proved.executed, model: readModel(proved.executed) };
  } catch (error) {
    if (error instanceof ModelRejected) return error.message;
    throw error;
  }
}
