import type { OnnxModel } from "#core/onnx/graph.ts";
import { type CertifyOptions } from "#core/certify/certify.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import { highest, joinAll, lowest, type Range } from "#core/certify/range.ts";
import { Sketch } from "../graphs/sketch.ts";
import { observe } from "../observed.ts";
import type { Tape } from "./tape.ts";

/** A tensor of the graph that grows; dims[0] is the batch, "N" where it is dynamic. */
export interface Tip {
  readonly name: string;
  readonly dims: readonly [number | "N", ...number[]];
}

export interface Span {
  readonly exponent: number;
  readonly lo: number;
  readonly hi: number;
  /** max(|lo|, |hi|) in units of 2^exponent. */
  readonly units: number;
}

/** A graph on its way: what to append next is decided by the tape and by what is already known of the tip. */
export class Growth {
  readonly tape: Tape;
  readonly sketch: Sketch;
  readonly domain: InputDomain;
  readonly #options: CertifyOptions;
  readonly #input: Tip;
  /** Earlier tensors that a branch may start from. */
  readonly earlier: Tip[] = [];
  tip: Tip;

  constructor(tape: Tape, opset: number, domain: InputDomain, input: Tip, options: CertifyOptions) {
    this.tape = tape;
    this.sketch = new Sketch(opset);
    this.domain = domain;
    this.#options = options;
    this.#input = input;
    this.tip = input;
  }

  model(output = this.tip.name): OnnxModel {
    return this.sketch.model(this.#input, output);
  }

  move(name: string, sizes: readonly number[]): void {
    this.earlier.push(this.tip);
    this.tip = { name, dims: [this.#input.dims[0], ...sizes] };
  }

  get sizes(): readonly number[] {
    return this.tip.dims.slice(1) as number[];
  }

  /** What the certifier knows of a tensor; null where it gave up before it. */
  span(tip: Tip = this.tip): Span | null {
    if (tip.name === this.#input.name) return spanOf({ ...this.domain, terms: 0 });
    const { claims } = observe(this.model(tip.name), this.domain, this.#options);
    const claim = claims.get(tip.name);
    return claim === undefined ? null : spanOf(joinAll(claim.ranges));
  }
}

function spanOf(range: Range): Span {
  return {
    exponent: range.exponent,
    lo: lowest(range),
    hi: highest(range),
    units: Math.max(Math.abs(range.lo), Math.abs(range.hi)),
  };
}
