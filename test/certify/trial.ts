import type { OnnxModel } from "#core/onnx/graph.ts";
import { inDomain, type InputDomain } from "#core/certify/domain.ts";
import type { CertifyOptions } from "#core/certify/certify.ts";
import { rejectionOf } from "../check/documents.ts";
import { falsehood } from "./claims.ts";
import { grow, type Specimen, type Step } from "./generate/graph.ts";
import { seedOf, Tape } from "./generate/tape.ts";
import { describe } from "./graphs/sketch.ts";
import { rowSizes, rowsFor } from "./inputs.ts";
import { observe } from "./observed.ts";
import { evaluate } from "./oracle/evaluate.ts";
import { TooLarge, toFloats, type Exact } from "./oracle/exact.ts";

export interface Input {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** A certified graph with inputs and the bits that every backend must answer. */
export interface Trial {
  readonly model: OnnxModel;
  readonly domain: InputDomain;
  readonly input: Input;
  readonly expected: Float32Array;
  readonly expectedDims: readonly number[];
}

/** What a certified graph asks for cannot be computed from some input, so that no runtime may answer it either. */
export class Incomputable extends Error {
  readonly input: Input;

  constructor(model: OnnxModel, input: Input, cause: unknown) {
    super(`the oracle cannot compute it (${String(cause)})\n${describe(model)}`, { cause });
    this.input = input;
  }
}

export type Tried =
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "ready"; readonly trial: Trial }
  /** The oracle alone already shows that a claim is wrong. */
  | { readonly kind: "false"; readonly what: string; readonly trial: Trial | null };

/** Grows a graph from a seed, with some steps likelier than others, and tries it out. */
export function attempt(seed: number, options: CertifyOptions = {}, favoured: readonly Step[] = []): Tried {
  return tryOut(grow(new Tape(seed), options, favoured), new Tape(seedOf(seed, "inputs")), options);
}

/** Certifies a graph and lets the oracle check every claim about every tensor in it, on inputs that the tape chooses. */
export function tryOut(specimen: Specimen, tape: Tape, options: CertifyOptions = {}): Tried {
  const all = rowsFor(specimen, tape);
  const batch = specimen.domain.shape[0]!;
  // A batch of one takes other kernels (matrix times vector) than a larger one.
  const count = batch === -1 ? tape.pick([1, 1, 2, 3, 4, 5, 7, 7, 7]) : batch;
  const first = count === all.length ? 0 : tape.below(all.length);
  const rows = Array.from({ length: count }, (_, at) => all[(first + at) % all.length]!);
  return judge(specimen, joined(rows, specimen), options);
}

/** The same with every kind of row at once. */
export function tryEveryRow(specimen: Specimen, options: CertifyOptions = {}): Tried {
  return judge(specimen, joined(rowsFor(specimen, new Tape(0)), specimen), options);
}

/** The same on one given input. */
function judge({ model, domain }: Specimen, input: Input, options: CertifyOptions = {}): Tried {
  const { certification, claims } = observe(model, domain, options);
  if (!certification.certified)
    return { kind: "refused", reason: `${certification.firstFailure.op}: ${certification.firstFailure.reason}` };
  if (!inDomain(input.data, domain)) throw new Error("the suite made an input outside the domain");
  const truths = truthsOf(model, input);
  const symbols = new Map<string, number>();
  const wrong = [...claims]
    .map(([name, claim]) => [name, falsehood(claim, truths.get(name)!, symbols)] as const)
    .find(([, what]) => what !== null);
  // A weakened prover has the oracle against it alone.
  const rejection = options.rules || options.exactUnits ? null : rejectionOf(model, certification);
  const output = truths.get(model.graph.outputs[0]!.name)!.value as Exact;
  const expected = toFloats(output);
  if (expected === null) return { kind: "false", what: `an output is not a float32\n${describe(model)}`, trial: null };
  const trial = { model, domain, input, expected, expectedDims: output.dims };
  const what = wrong?.join(": ") ?? rejection;
  return what === null ? { kind: "ready", trial } : { kind: "false", what: `${what}\n${describe(model)}`, trial };
}

function truthsOf(model: OnnxModel, input: Input): ReturnType<typeof evaluate> {
  try {
    return evaluate(model, input.data, input.dims);
  } catch (cause) {
    if (cause instanceof TooLarge) throw cause;
    throw new Incomputable(model, input, cause);
  }
}

function joined(rows: readonly Float32Array[], specimen: Specimen): Input {
  return { data: Float32Array.from(rows.flatMap((row) => [...row])), dims: [rows.length, ...rowSizes(specimen)] };
}
