import type { OnnxModel, ValueInfo } from "#core/onnx/graph.ts";
import { type CertifyOptions } from "#core/certify/certify.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import { highest, joinAll, lowest, type Range } from "#core/certify/range.ts";
import { Sketch, valueInfo } from "../graphs/sketch.ts";
import { observe } from "../observed.ts";
import { volume } from "../oracle/exact.ts";
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
  readonly #declared: readonly (number | string)[];
  /** Earlier tensors that a branch may start from. */
  readonly earlier: Tip[] = [];
  tip: Tip;

  /** @param declared the input's dimensions as the model says them */
  constructor(
    tape: Tape,
    opset: number,
    domain: InputDomain,
    input: Tip,
    declared: readonly (number | string)[],
    options: CertifyOptions,
  ) {
    this.tape = tape;
    this.sketch = new Sketch(opset);
    this.domain = domain;
    this.#options = options;
    this.#input = input;
    this.#declared = declared;
    this.tip = input;
  }

  model(output = this.tip.name): OnnxModel {
    return this.sketch.model({ name: this.#input.name, dims: this.#declared }, output);
  }

  /** The whole model, some of its shapes written down as exporters do. */
  finish(output: string): OnnxModel {
    const model = this.model(output);
    const { tape } = this;
    // A shape that is known only for the size fed would not hold for others.
    if (!tape.chance(0.3) || this.#declared.slice(1).some((dim) => typeof dim === "string")) return model;
    const noted = (tip: Tip): ValueInfo => valueInfo({ name: tip.name, dims: tip.dims });
    return {
      ...model,
      graph: {
        ...model.graph,
        outputs: output === this.tip.name && tape.chance(0.7) ? [noted(this.tip)] : model.graph.outputs,
        valueInfo: this.earlier.filter(({ name }) => name !== this.#input.name && tape.chance(0.6)).map(noted),
      },
    };
  }

  move(name: string, sizes: readonly number[]): void {
    this.earlier.push(this.tip);
    this.tip = { name, dims: [this.#input.dims[0], ...sizes] };
  }

  get sizes(): readonly number[] {
    return this.tip.dims.slice(1) as number[];
  }

  get volume(): number {
    return volume(this.sizes);
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
