import { WINDOW_ATTRIBUTES } from "#core/onnx/windows.ts";
import type { Call } from "../call.ts";
import { describeDims } from "../dims.ts";
import { powerOfTwo } from "../grid.ts";
import { boundOf, outcome, type Outcome } from "../outcome.ts";
import { finished, largest, range, withZero, type Range } from "../range.ts";
import { refuse } from "../refusal.ts";
import { ended, floatValue, type FloatValue } from "../value.ts";
import { alwaysMeetsData, comesOutEven, isPadded, outDims, windowAxes, type Axis } from "../windows.ts";
import type { OperatorRules } from "../operator-rule.ts";

function maxPool(call: Call): Outcome {
  call.allow("ceil_mode", "storage_order", ...WINDOW_ATTRIBUTES);
  if (call.node.outputs[1])
    refuse("It also outputs the indices of the maxima, which depend on how a backend breaks ties.");
  const x = call.operand(0);
  if (x.history.padded)
    refuse(
      "Optimisers merge the preceding Pad into it, and the padding becomes minus infinity instead of the Pad's value. Use the MaxPool's own pads.",
    );
  const axes = axesOf(call, x);
  if (call.flag("ceil_mode") && !axes.every(comesOutEven))
    refuse("Its ceil_mode adds a partial window, which backends handle differently.");
  if (!axes.every(alwaysMeetsData)) refuse("One of its windows may contain only padding, which is minus infinity.");
  const output = floatValue({
    dims: outDims(x.dims, x.dims?.[1] ?? "?", axes),
    ranges: x.ranges.map(finished),
    negativeZero: x.negativeZero,
  });
  return outcome(output, "each element is one of its window, unchanged; padding never wins");
}

/** The window must hold 2^k elements, padding included; then sum / 2^k is exact on a grid finer by 2^k. */
function averagePool(call: Call): Outcome {
  call.allow("ceil_mode", "count_include_pad", ...WINDOW_ATTRIBUTES);
  const x = call.operand(0);
  const axes = axesOf(call, x);
  if (call.flag("ceil_mode") && !axes.every(comesOutEven))
    refuse("Its ceil_mode adds a partial window, whose divisor differs between backends.");
  if (axes.some(({ dilation }) => dilation > 1)) refuse("Its window is dilated, which not every backend supports.");
  const padded = axes.some(isPadded);
  if (padded && !call.flag("count_include_pad"))
    refuse(
      "It divides by the number of elements without padding, which is not a power of two at the edges. Set count_include_pad to 1.",
    );
  if (x.history.padded) {
    refuse(
      "Optimisers merge the preceding Pad into it, which may change the divisor or exceed the window. " +
        "Use the AveragePool's own pads with count_include_pad 1.",
    );
  }
  const dims = outDims(x.dims, x.dims?.[1] ?? "?", axes);
  return averaged(
    call,
    { ...x, dims },
    axes.reduce((product, { kernel }) => product * kernel, 1),
    padded,
  );
}

function globalAveragePool(call: Call): Outcome {
  call.allow();
  const x = call.operand(0);
  const spatial = x.dims?.slice(2) ?? refuse("The size of its input is not known.");
  const sizes = spatial.map((size) =>
    typeof size === "number"
      ? size
      : refuse(`Its input has the shape ${describeDims(x.dims)}; the proof needs its number of elements.`),
  );
  const dims = [...x.dims!.slice(0, 2), ...sizes.map(() => 1)];
  return averaged(
    call,
    { ...x, dims },
    sizes.reduce((product, size) => product * size, 1),
    false,
  );
}

function globalMaxPool(call: Call): Outcome {
  call.allow();
  const x = call.operand(0);
  const dims = x.dims && [...x.dims.slice(0, 2), ...x.dims.slice(2).map(() => 1)];
  return outcome(ended({ ...x, dims }, x.ranges), "each element is one of its window, unchanged");
}

function axesOf(call: Call, x: FloatValue): readonly Axis[] {
  return windowAxes(call, call.ints("kernel_shape") ?? refuse("It has no kernel_shape."), x.dims);
}

/** @param x the input's values under the output's shape */
function averaged(call: Call, x: FloatValue, elements: number, padded: boolean): Outcome {
  const shift =
    powerOfTwo(elements) ??
    refuse(`It averages over ${elements} elements, not a power of two, so the division rounds. Use a window of 2^k.`);
  const ranges = x.ranges.map((each) => total(padded ? withZero(each) : each, elements, shift));
  const output = floatValue({ dims: x.dims, ranges, negativeZero: x.negativeZero });
  return outcome(output, "the sum of a window of 2^k elements is exact while it is below 2^24, and so is its share", {
    bound: boundOf(ranges, call.exactUnits, "window x max|x|"),
    assumes: ["division"],
  });
}

/** The average has the sum's integers, on a grid finer by the window's size. */
function total(of: Range, elements: number, shift: number): Range {
  return range(of.exponent - shift, of.lo * elements, of.hi * elements, largest(of) * elements);
}

export const POOLING: OperatorRules = {
  AveragePool: { rule: averagePool, rows: "each row" },
  GlobalAveragePool: { rule: globalAveragePool, rows: "each row" },
  GlobalMaxPool: { rule: globalMaxPool, rows: "each row" },
  MaxPool: { rule: maxPool, rows: "each row" },
};
