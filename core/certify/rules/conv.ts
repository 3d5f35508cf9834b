import { WINDOW_ATTRIBUTES } from "#core/onnx/windows.ts";
import type { Call } from "../call.ts";
import { describeDims } from "../dims.ts";
import { AFTER_CONV } from "../history.ts";
import { boundOf, outcome, type Outcome } from "../outcome.ts";
import { single, ZERO, type Range } from "../range.ts";
import { refuse } from "../refusal.ts";
import { tf32Complaint, weightedSum, type Run } from "../sums.ts";
import { floatValue, wholeRange, type ConstantValue, type FloatValue } from "../value.ts";
import { misreadChannels, mixedGroups, overlookedPads } from "../webgpu-faults.ts";
import { isPadded, outDims, windowAxes, type Axis } from "../windows.ts";
import type { OperatorRules } from "../operator-rule.ts";

/** Conv with constant weights [out channels, in channels / group, kernel…] and a constant bias or none. */
function conv(call: Call): Outcome {
  call.allow("group", ...WINDOW_ATTRIBUTES);
  const x = call.operand(0);
  const weights = call.constant(1, "weights");
  const bias = call.optionalConstant(2, "biases");
  const axes = windowAxes(call, kernelOf(call, weights), x.dims);
  const group = call.int("group", 1);
  const channels = channelRuns(x, weights, group);
  const padded = axes.some(isPadded);
  const ranges = channels.map((runs, channel) =>
    weightedSum(weights.constant, runs, biasOf(bias, channel, channels.length), padded),
  );
  const bound = boundOf(ranges, call.exactUnits, "sum(|w|) x max|x| + |bias|");
  const output = floatValue({
    dims: outDims(x.dims, channels.length, axes),
    ranges,
    history: AFTER_CONV,
    negativeZero: bias === null ? "it has no bias" : bias.negativeZero && "a bias of it is -0",
  });
  return outcome(
    output,
    "a sum of products that all lie on one grid: exact in every order while sum(|w|) x max|x| + |bias| is below 2^24",
    {
      bound,
      otherAlgorithm: otherAlgorithm(axes),
      tooWideForTf32: tf32Complaint(x.ranges, weights.constant, channels),
      webgpuFault:
        misreadChannels(group, weights.dims[1]! * group, channels.length) ??
        mixedGroups(group, channels.length) ??
        overlookedPads(axes, x.history),
    },
  );
}

function kernelOf(call: Call, weights: ConstantValue): readonly number[] {
  const kernel = weights.dims.slice(2);
  if (weights.dims.length < 3)
    refuse(`Its weights have the shape ${describeDims(weights.dims)}, too few axes for a Conv.`);
  const said = call.ints("kernel_shape");
  if (said !== null && said.join() !== kernel.join())
    refuse(`Its kernel_shape [${said.join(", ")}] does not match its weights.`);
  return kernel;
}

/** The weights that each output channel sums over, split by input channel if those have their own ranges. */
function channelRuns(x: FloatValue, weights: ConstantValue, group: number): readonly (readonly Run[])[] {
  const [outputs, inputsEach, ...kernel] = weights.dims as [number, number, ...number[]];
  requireGroups(x, weights, group);
  const count = kernel.reduce((product, size) => product * size, 1);
  const ranges = x.ranges.length === inputsEach * group ? x.ranges : null;
  const whole = wholeRange(x);
  return Array.from({ length: outputs }, (_, output) => {
    const start = output * inputsEach * count;
    if (ranges === null) return [{ start, step: 1, count: inputsEach * count, x: whole }];
    const first = Math.floor(output / (outputs / group)) * inputsEach;
    return ranges
      .slice(first, first + inputsEach)
      .map((range, input) => ({ start: start + input * count, step: 1, count, x: range }));
  });
}

function requireGroups({ dims }: FloatValue, weights: ConstantValue, group: number): void {
  const [outputs, inputsEach] = weights.dims as [number, number];
  if (group < 1 || outputs % group !== 0)
    refuse(`Its ${outputs} output channels cannot be divided into ${group} groups.`);
  const inputs = dims?.[1];
  if (typeof inputs !== "number" || inputs === inputsEach * group) return;
  refuse(`Its weights ${describeDims(weights.dims)} in ${group} groups do not fit an input ${describeDims(dims)}.`);
}

function biasOf(bias: ConstantValue | null, channel: number, count: number): Range {
  if (bias === null) return ZERO;
  if (bias.constant.length !== count) refuse(`It has ${bias.constant.length} biases for ${count} output channels.`);
  return single(bias.constant[channel]!);
}

/** Libraries choose the algorithm by the stride of an axis, also for 1x1 kernels. */
function otherAlgorithm(axes: readonly Axis[]): string | null {
  return axes.some(({ stride }) => stride === 1)
    ? "it moves by 1 along an axis, for which libraries may use Winograd or FFT, sums of other numbers"
    : null;
}

export const CONV: OperatorRules = {
  Conv: { rule: conv, rows: "each row" },
};
