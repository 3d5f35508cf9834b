import { formatOf } from "./approximated.ts";
import { Arithmetic, eitherOf, type Estimate, exactly } from "./arithmetic.ts";
import { softmaxDefaults } from "../../onnx/node-attributes.ts";
import type { Call } from "../call.ts";
import type { Operator } from "./judge.ts";
import { rememberedByDialect } from "./remembered.ts";
import { broadcastPlace, reducedPlaces } from "./strides.ts";
import { judgeWithin, outsideOf } from "./within.ts";

const FORMULA =
  "exp of the differences from the maximum within 4 ULP (WGSL: 3 + 2|x|), their sum within gamma_n (Higham, sect. 4.2), combined by running error analysis (sect. 3.3)";

/** Values that all elements of one softmax line share. */
interface Line {
  readonly most: Estimate;
  readonly sum: Estimate;
}

function softmaxAxes(call: Call): ReadonlySet<number> {
  const { length } = call.input(0).dims;
  const { oneAxis, axis } = softmaxDefaults(call.opset);
  const first = call.axis(call.int("axis", axis), length);
  if (oneAxis) return new Set([first]);
  return new Set(Array.from({ length: length - first }, (_, at) => first + at));
}

/** @param range of all results: the largest term of the sum is 1, and no term is negative */
function overLines(
  range: readonly [number, number],
  finish: (arithmetic: Arithmetic, x: Estimate, line: Line) => Estimate,
): Operator {
  return (call) => {
    const input = call.input(0);
    const format = formatOf(input);
    const axes = softmaxAxes(call);
    const placesAt = reducedPlaces(input.dims, axes);
    const lineOf = broadcastPlace(
      input.dims.map((size, axis) => (axes.has(axis) ? 1 : size)),
      input.dims,
    );
    const lineAt = rememberedByDialect((arithmetic, at): Line => {
      const numbers = placesAt(at).map((place) => input.numbers[place]!);
      const most = exactly(numbers.reduce((largest, each) => Math.max(largest, each), -Infinity));
      return { most, sum: arithmetic.sum(numbers.map((each) => arithmetic.expBelow(each, most.value))) };
    });
    return {
      dims: input.dims,
      bound: { formula: FORMULA, n: [...axes].reduce((n, axis) => n * input.dims[axis]!, 1) },
      judge: (index, given) => {
        const arithmetic = new Arithmetic(format, given.dialect);
        const line = lineAt(arithmetic, lineOf(index));
        const estimate = finish(arithmetic, exactly(input.numbers[index]!), line);
        const outside = outsideOf(call.node.op, format, range, estimate.value, given.value);
        return outside ?? judgeWithin(format, estimate, given, "APPROXIMATED_FUNCTION");
      },
    };
  };
}

/** Divided by the sum, or multiplied by its inverse. */
const softmax = overLines([0, 1], (arithmetic, x, { most, sum }) => {
  const power = arithmetic.expBelow(x.value, most.value);
  return eitherOf(arithmetic.over(power, sum), arithmetic.times(power, arithmetic.over(exactly(1), sum)));
});

/** x - most - log(sum), in either order, or the logarithm of the softmax if that is not too small. */
const logSoftmax = overLines([-Infinity, 0], (arithmetic, x, { most, sum }) => {
  const logarithm = arithmetic.log(sum);
  const first = arithmetic.minus(arithmetic.minus(x, most), logarithm);
  return eitherOf(first, arithmetic.minus(x, arithmetic.plus(most, logarithm)));
});

export const SOFTMAX: Readonly<Record<string, Operator>> = { LogSoftmax: logSoftmax, Softmax: softmax };
