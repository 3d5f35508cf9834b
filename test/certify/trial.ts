import type { OnnxModel } from "#core/onnx/graph.ts";
import { inDomain, type InputDomain } from "#core/certify/domain.ts";
import type { CertifyOptions } from "#core/certify/certify.ts";
import { falsehood } from "./claims.ts";
import { grow, type Specimen } from "./generate/graph.ts";
import { Tape } from "./generate/tape.ts";
import { describe } from "./graphs/sketch.ts";
import { rowsFor } from "./inputs.ts";
import { observe } from "./observed.ts";
import { evaluate } from "./oracle/evaluate.ts";
import { toFloats, type Exact } from "./oracle/exact.ts";

/** A certified graph with inputs and the bits that every backend must answer. */
export interface Trial {
  readonly model: OnnxModel;
  readonly input: { readonly data: Float32Array; readonly dims: readonly number[] };
  readonly expected: Float32Array;
  readonly expectedDims: readonly number[];
}

export type Tried =
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "ready"; readonly trial: Trial }
  /** The oracle alone already shows that a claim is wrong. */
  | { readonly kind: "false"; readonly what: string; readonly trial: Trial | null };

/** Grows a graph from choices and tries it out. */
export function attempt(choices: readonly number[], options: CertifyOptions = {}): Tried {
  return tryOut(grow(choices, options), new Tape(choices.toReversed()), options);
}

/** Certifies a graph and lets the oracle check every claim about every tensor in it. */
export function tryOut({ model, domain }: Specimen, tape: Tape, options: CertifyOptions = {}): Tried {
  const { certification, claims } = observe(model, domain, options);
  if (!certification.certified)
    return { kind: "refused", reason: `${certification.firstFailure.op}: ${certification.firstFailure.reason}` };
  const input = inputFor(model, domain, tape);
  const truths = evaluate(model, input.data, input.dims);
  const symbols = new Map<string, number>();
  const wrong = [...claims]
    .map(([name, claim]) => [name, falsehood(claim, truths.get(name)!, symbols)] as const)
    .find(([, what]) => what !== null);
  const output = truths.get(model.graph.outputs[0]!.name)!.value as Exact;
  const expected = toFloats(output);
  if (expected === null) return { kind: "false", what: `an output is no float32\n${describe(model)}`, trial: null };
  const trial = { model, input, expected, expectedDims: output.dims };
  return wrong === undefined
    ? { kind: "ready", trial }
    : { kind: "false", what: `${wrong.join(": ")}\n${describe(model)}`, trial };
}

function inputFor(model: OnnxModel, domain: InputDomain, tape: Tape): Trial["input"] {
  const all = rowsFor(model, domain, tape);
  // A batch of one takes other kernels (matrix times vector) than a larger one.
  const single = domain.shape[0] === 1 || (domain.shape[0] === -1 && tape.chance(0.25));
  const rows = single ? [tape.pick(all)] : all;
  const data = Float32Array.from(rows.flatMap((row) => [...row]));
  if (!inDomain(data, domain)) throw new Error("the suite made an input outside the domain");
  return { data, dims: [rows.length, ...domain.shape.slice(1)] };
}
