import { padsAlong, windowOf } from "../../onnx/windows.ts";
import { NotAnalysed } from "../call.ts";
import { type Operator, wrong } from "./judge.ts";
import { floatFormatOf } from "./approximated.ts";
import { judgeChosen } from "./rounded-once.ts";
import { coordinatesOf, placeOf, stridesOf } from "./strides.ts";

/**
 * Each element moves to the position given by its index, among zeros. Indices refer to the shape derived from the
 * window; if `output_shape` is larger, the rest is zeros.
 */
const maxUnpool: Operator = (call) => {
  const [input, indices] = [call.input(0), call.input(1)];
  const spatial = input.dims.slice(2);
  const kernel = call.ints("kernel_shape");
  if (kernel === null) throw new NotAnalysed("The kernel_shape of the MaxUnpool is missing.");
  const axes = windowOf(call, kernel);
  const inferred = [
    ...input.dims.slice(0, 2),
    ...spatial.map((size, at) => {
      const [before, after] = padsAlong(axes[at]!, size);
      return (size - 1) * axes[at]!.stride - before - after + kernel[at]!;
    }),
  ];
  const dims = call.has(2) ? call.integers(2) : inferred;
  if (dims.length !== inferred.length) throw new NotAnalysed("The output_shape of the MaxUnpool has the wrong rank.");
  const elements = new Map<number, number[]>();
  for (let at = 0; at < input.length; at++) {
    const place = indices.numbers[at]!;
    elements.set(place, [...(elements.get(place) ?? []), input.numbers[at]!]);
  }
  const inner = stridesOf(inferred);
  const format = floatFormatOf(input);
  return {
    dims,
    nonFinite: "kept",
    judge: (index, given) => {
      const coordinates = coordinatesOf(index, dims);
      const inside = coordinates.every((along, axis) => along < inferred[axis]!);
      const candidates = (inside ? elements.get(placeOf(coordinates, inner)) : undefined) ?? [0];
      // Of several elements with the same index, any may remain.
      const judgements = candidates.map((each) => judgeChosen(each, format, given));
      return judgements.find(({ verdict }) => verdict !== "wrong") ?? judgements[0] ?? wrong(0);
    },
  };
};

export const UNPOOLING: Readonly<Record<string, Operator>> = { MaxUnpool: maxUnpool };
