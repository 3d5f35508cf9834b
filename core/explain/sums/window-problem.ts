import { elementsOf } from "../../tensors/tensor-value.ts";
import { NotAnalysed } from "../call.ts";
import { reluAfter } from "./matrix-problem.ts";
import { normwiseBase, type WindowSizes } from "./normwise.ts";
import { hasSubnormals, type Operand, type Operands } from "./operands.ts";
import type { SumProblem } from "./problem.ts";
import { AXES, type Axis, axesOf, isPadded, mayTransform } from "./window-axes.ts";
import { layoutsOf } from "./window-layouts.ts";

/** Conv, and com.microsoft's FusedConv with a Relu activation and no other addition. */
export function convProblem(given: Operands): SumProblem {
  const call = given.attributes;
  const [input, weights] = [given.input(0), given.input(1)];
  if (given.has(3)) throw new NotAnalysed("Its fourth input is an addend, which is not emulated.");
  const rank = weights.dims.length - 2;
  if (rank < 1 || rank > AXES || input.dims.length !== rank + 2) {
    throw new NotAnalysed(`Its window has ${rank} axes; 1 to ${AXES} are emulated.`);
  }
  const axes = axesOf(call, input.dims.slice(2), weights.dims.slice(2));
  const sizes = sizesOf(input, weights, axes, call.int("group", 1));
  const { batch, filters, inner, taps, group } = sizes;
  const positions = elementsOf(axes.map(({ out }) => out));
  const perGroup = filters / group;
  const own = axes.slice(-rank);
  const bias = given.has(2) ? given.input(2).numbers : null;
  const filterOf = (index: number): number => Math.floor(index / positions) % filters;
  return {
    type: input.type,
    elements: batch * filters * positions,
    terms: inner * taps,
    shape: {
      kind: "window",
      filters: perGroup,
      positions,
      terms: inner * taps,
      count: batch * group,
      channels: inner,
      input: own.map(({ size }) => size),
      output: own.map(({ out }) => out),
      kernel: own.map(({ kernel }) => kernel),
      strides: own.map(({ stride }) => stride),
      dilations: own.map(({ dilation }) => dilation),
      padded: axes.some(isPadded),
    },
    alpha: 1,
    beta: 1,
    hasAddend: bias !== null,
    layouts: layoutsOf(inner, taps),
    hasSubnormals: hasSubnormals(input) || hasSubnormals(weights),
    relu: reluAfter(call),
    normwise: mayTransform(axes) ? normwiseBase(input.numbers, weights.numbers, sizes) : null,
    row: (index) => filterOf(index) % perGroup,
    column: (index) => index % positions,
    addend: (index) => bias?.[filterOf(index)] ?? 0,
    gather: gatherer(input.numbers, weights.numbers, axes, sizes),
  };
}

function sizesOf(input: Operand, weights: Operand, axes: readonly Axis[], group: number): WindowSizes {
  const [batch, channels] = [input.dims[0]!, input.dims[1]!];
  const [filters, inner] = [weights.dims[0]!, weights.dims[1]!];
  if (inner * group !== channels || filters % group !== 0)
    throw new NotAnalysed("Its groups do not match its channels.");
  const [image, taps] = [elementsOf(axes.map(({ size }) => size)), elementsOf(axes.map(({ kernel }) => kernel))];
  return { batch, channels, image, filters, inner, taps, group };
}

/** Reads an element's window directly from the input, without rearranging it first. */
function gatherer(
  inputs: Operand["numbers"],
  weights: Operand["numbers"],
  [depth, height, width]: readonly [Axis, Axis, Axis],
  { channels, image, filters, inner, taps, group }: WindowSizes,
): SumProblem["gather"] {
  const area = height.out * width.out;
  const positions = depth.out * area;
  return (index, { place }, left, right) => {
    const position = index % positions;
    const filter = Math.floor(index / positions) % filters;
    const sample = Math.floor(index / (positions * filters));
    const x0 = (position % width.out) * width.stride - width.before;
    const y0 = (Math.floor(position / width.out) % height.out) * height.stride - height.before;
    const z0 = Math.floor(position / area) * depth.stride - depth.before;
    let plane = (sample * channels + Math.floor(filter / (filters / group)) * inner) * image;
    let weight = filter * inner * taps;
    let term = 0;
    let inside = 0;
    for (let channel = 0; channel < inner; channel++, plane += image) {
      for (let kz = 0, z = z0; kz < depth.kernel; kz++, z += depth.dilation) {
        const inDepth = z >= 0 && z < depth.size;
        for (let ky = 0, y = y0; ky < height.kernel; ky++, y += height.dilation) {
          const rowInside = inDepth && y >= 0 && y < height.size;
          const line = plane + (z * height.size + y) * width.size;
          for (let kx = 0, x = x0; kx < width.kernel; kx++, x += width.dilation, term++, weight++) {
            const at = place === null ? term : place[term]!;
            right[at] = weights[weight]!;
            if (rowInside && x >= 0 && x < width.size) {
              left[at] = inputs[line + x]!;
              inside++;
            } else left[at] = 0;
          }
        }
      }
    }
    return inside;
  };
}
