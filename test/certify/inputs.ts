import type { GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import { constantOf, producersOf } from "#core/onnx/lookup.ts";
import type { Specimen } from "./generate/graph.ts";
import type { Tape } from "./generate/tape.ts";
import { volume } from "./oracle/exact.ts";
import { stridesOf } from "./oracle/indexing.ts";

/**
 * Rows of a batch that are likely to break a certificate: zeros, the domain's largest and smallest value throughout, the signs
 * of a channel's weights laid over its window (the input that reaches the bound) and their opposite, random extremes, and
 * random values.
 */
export function rowsFor(specimen: Specimen, tape: Tape): readonly Float32Array[] {
  const { model, domain } = specimen;
  const sizes = rowSizes(specimen);
  const size = volume(sizes);
  const unit = 2 ** domain.exponent;
  const value = (units: number): number => units * unit + 0;
  const zero = Math.min(Math.max(0, domain.lo), domain.hi);
  const signs = weightSigns(model, sizes, tape);
  const laid = (flip: number): Float32Array =>
    Float32Array.from(signs, (sign) => value(sign * flip > 0 ? domain.hi : sign * flip < 0 ? domain.lo : zero));
  return [
    new Float32Array(size).fill(value(zero)),
    new Float32Array(size).fill(value(domain.hi)),
    new Float32Array(size).fill(value(domain.lo)),
    laid(1),
    laid(-1),
    Float32Array.from(tape.noise(size), (noise) => value(noise < 0 ? domain.lo : domain.hi)),
    Float32Array.from(tape.noise(size), (noise) =>
      value(Math.round(domain.lo + ((noise + 1) / 2) * (domain.hi - domain.lo))),
    ),
  ];
}

/** The dimensions of one row, dynamic ones as large as the specimen feeds them. */
export function rowSizes({ domain, sizes }: Specimen): readonly number[] {
  return sizes ?? domain.shape.slice(1);
}

/** For each input element the sign of the weight that meets it at one position of one channel of the first linear node. */
function weightSigns(model: OnnxModel, sizes: readonly number[], tape: Tape): readonly number[] {
  const signs = Array.from({ length: volume(sizes) }, () => 0);
  const node = model.graph.nodes.find(({ op }) => op === "Conv" || op === "Gemm" || op === "MatMul");
  const weights = constantOf(node?.inputs[1], model.graph, producersOf(model.graph));
  if (node === undefined || weights?.type !== "float32") return signs;
  if (node.op === "Conv") layWindow(node, weights, { sizes, signs, tape });
  else layColumn(node, weights, { signs, tape });
  return signs;
}

interface Weights {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

function layWindow(
  node: GraphNode,
  { dims, data }: Weights,
  { sizes, signs, tape }: { sizes: readonly number[]; signs: number[]; tape: Tape },
): void {
  const [outputs, inputsEach, ...kernel] = dims as [number, number, ...number[]];
  const [channels, ...spatial] = sizes as [number, ...number[]];
  if (spatial.length !== kernel.length) return;
  const group = Math.max(1, Math.round(channels / inputsEach));
  const output = tape.below(outputs);
  const first = Math.floor(output / Math.max(1, outputs / group)) * inputsEach;
  const origin = spatial.map((size, axis) => Math.max(0, Math.floor((size - kernel[axis]!) / 2)));
  const dilations = node.attributes.get("dilations");
  const steps = kernel.map((_, axis) => (dilations?.kind === "ints" ? Number(dilations.value[axis]) : 1));
  const kernelSteps = stridesOf(kernel);
  const planeSteps = stridesOf(spatial);
  for (let at = 0; at < inputsEach * volume(kernel); at++) {
    const tap = at % volume(kernel);
    const place = kernel.map(
      (size, axis) => origin[axis]! + (Math.floor(tap / kernelSteps[axis]!) % size) * steps[axis]!,
    );
    const plane = (first + Math.floor(at / volume(kernel))) * volume(spatial);
    const index = plane + place.reduce((sum, position, axis) => sum + position * planeSteps[axis]!, 0);
    if (place.every((position, axis) => position < spatial[axis]!) && index < signs.length)
      signs[index] = Math.sign(data[output * inputsEach * volume(kernel) + at]!);
  }
}

function layColumn(node: GraphNode, { dims, data }: Weights, { signs, tape }: { signs: number[]; tape: Tape }): void {
  const transposed = node.attributes.get("transB")?.kind === "int";
  const depth = dims[transposed ? 1 : 0]!;
  const width = dims[transposed ? 0 : 1] ?? 1;
  const column = tape.below(width);
  for (let at = 0; at < signs.length; at++) {
    const feature = at % depth;
    signs[at] = Math.sign(data[transposed ? column * depth + feature : feature * width + column]!);
  }
}
