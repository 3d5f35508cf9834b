import type { OnnxModel } from "#core/onnx/graph.ts";
import { certify, type CertifyOptions } from "#core/certify/certify.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import { Sketch } from "./graphs/sketch.ts";

export const IMAGE = [1, 4, 4];

export function domain(sizes: readonly number[], lo = 0, hi = 255, exponent = 0): InputDomain {
  return { shape: [-1, ...sizes], exponent, lo, hi };
}

/** A model of one input "x" whose output is what `build` returns. */
export function modelWith(build: (sketch: Sketch) => string, sizes: readonly number[] = IMAGE, opset = 17): OnnxModel {
  const sketch = new Sketch(opset);
  const output = build(sketch);
  return sketch.model({ name: "x", dims: ["N", ...sizes] }, output);
}

/** Why a model is refused, with the operator in front; null where it is certified. */
export function reason(model: OnnxModel, inputs: InputDomain, options: CertifyOptions = {}): string | null {
  const certification = certify(model, inputs, options);
  return certification.certified ? null : `${certification.firstFailure.op}: ${certification.firstFailure.reason}`;
}
