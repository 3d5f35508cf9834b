import { FLOAT_FORMATS, isFloatType } from "../../tensors/float-format.ts";
import { Unclaimed } from "./call.ts";
import { type Operator, wrong } from "./judge.ts";
import { judgeChosen } from "./rounded-once.ts";
import { coordinatesOf, placeOf, stridesOf } from "./strides.ts";

/**
 * Each element goes to the place that its index says, among zeros. Indices count through the shape that follows from the
 * window; where `output_shape` asks for a larger one, the rest of that is zeros.
 */
const maxUnpool: Operator = (call) => {
  const [input, indices] = [call.input(0), call.input(1)];
  const spatial = input.dims.slice(2);
  const kernel = call.ints("kernel_shape");
  if (kernel === null) throw new Unclaimed("The window of the MaxUnpool is not known here.");
  const strides = call.ints("strides") ?? kernel.map(() => 1);
  const pads = call.ints("pads") ?? [];
  const inferred = [
    ...input.dims.slice(0, 2),
    ...spatial.map(
      (size, axis) =>
        (size - 1) * strides[axis]! - (pads[axis] ?? 0) - (pads[axis + spatial.length] ?? 0) + kernel[axis]!,
    ),
  ];
  const dims = call.has(2) ? call.integers(2) : inferred;
  if (dims.length !== inferred.length) throw new Unclaimed("The output_shape of the MaxUnpool has another rank.");
  const elements = new Map<number, number[]>();
  for (let at = 0; at < input.length; at++) {
    const place = indices.numbers[at]!;
    elements.set(place, [...(elements.get(place) ?? []), input.numbers[at]!]);
  }
  const inner = stridesOf(inferred);
  const format = isFloatType(input.type) ? FLOAT_FORMATS[input.type] : null;
  return [
    {
      dims,
      nonFinite: "kept",
      judge: (index, given) => {
        const coordinates = coordinatesOf(index, dims);
        const inside = coordinates.every((along, axis) => along < inferred[axis]!);
        const candidates = (inside ? elements.get(placeOf(coordinates, inner)) : undefined) ?? [0];
        // Two elements with one index: either may be the one that stays.
        const judgements = candidates.map((each) => judgeChosen(each, format, given));
        return judgements.find(({ verdict }) => verdict !== "wrong") ?? judgements[0] ?? wrong(0);
      },
    },
  ];
};

export const UNPOOLING: Readonly<Record<string, Operator>> = { MaxUnpool: maxUnpool };
