import { padsAlong, positionsAlong, windowOf } from "../../onnx/windows.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { allCoordinates, broadcastDims, broadcastPlace, coordinatesOf, placeOf, stridesOf } from "./strides.ts";

/** One sum of products of 8-bit integers: the stored factors and their zero points. */
export interface IntegerDot {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly leftZero: number;
  readonly rightZero: number;
  /** Other orders in which a kernel may process the factors, as permutations. */
  readonly walks: readonly (readonly number[])[];
}

export interface IntegerDots {
  readonly dims: readonly number[];
  readonly leftSigned: boolean;
  readonly rightSigned: boolean;
  dotAt(index: number): IntegerDot;
  /** The index into per-channel scales, zero points or biases for an output index. */
  channelAt(index: number): number;
}

/** The exact sum, wrapped to int32. */
export function exactDot({ left, right, leftZero, rightZero }: IntegerDot): number {
  let total = 0;
  for (let at = 0; at < left.length; at++) total += (left[at]! - leftZero) * (right[at]! - rightZero);
  return total | 0;
}

/**
 * The sum as x64 without VNNI computes it for an unsigned left and a signed right factor: `vpmaddubsw` adds two
 * adjacent products in int16, clamping, and zero points are subtracted afterwards using the sums of rows and columns.
 * Other signs use kernels that widen first; no clamping was observed there.
 * @param walk the order of the factors along K
 */
export function saturatingDot(
  { left, right, leftZero, rightZero }: IntegerDot,
  walk: readonly number[] | null,
): number {
  const places = walk ?? left.map((_, at) => at);
  let total = 0;
  let leftSum = 0;
  let rightSum = 0;
  for (let at = 0; at < places.length; at += 2) {
    const [first, second] = [places[at]!, places[at + 1]];
    const [a, b] = [left[first]!, right[first]!];
    const [c, d] = second === undefined ? [0, 0] : [left[second]!, right[second]!];
    total += Math.min(Math.max(a * b + c * d, -32768), 32767);
    leftSum += a + c;
    rightSum += b + d;
  }
  return (total - leftZero * rightSum - rightZero * leftSum + places.length * leftZero * rightZero) | 0;
}

export function zeroOf(zero: Elements | null, at: number): number {
  return zero === null ? 0 : zero.numbers[zero.length === 1 ? 0 : at]!;
}

interface Places {
  readonly left: number;
  readonly leftZero: number | null;
  readonly right: number;
  readonly rightZero: number | null;
}

/** Rows of the left input times columns of the right input, with broadcast batches. */
export function matrixDots(
  call: Call,
  places: Places,
  transposed: { readonly a: boolean; readonly b: boolean } = { a: false, b: false },
): IntegerDots {
  const [left, right] = [call.input(places.left), call.input(places.right)];
  if (left.dims.length < 2 || right.dims.length < 2) throw new NotAnalysed("Products with vectors are not analysed.");
  const optional = (at: number | null): Elements | null => (at === null ? null : (call.inputs[at] ?? null));
  const [leftZero, rightZero] = [optional(places.leftZero), optional(places.rightZero)];
  const batch = broadcastDims([left.dims.slice(0, -2), right.dims.slice(0, -2)]);
  const [m, k] = transposed.a ? [left.dims.at(-1)!, left.dims.at(-2)!] : [left.dims.at(-2)!, left.dims.at(-1)!];
  const n = transposed.b ? right.dims.at(-2)! : right.dims.at(-1)!;
  const ofLeft = broadcastPlace(left.dims.slice(0, -2), batch);
  const ofRight = broadcastPlace(right.dims.slice(0, -2), batch);
  return {
    dims: [...batch, m, n],
    leftSigned: left.type === "int8",
    rightSigned: right.type === "int8",
    channelAt: (index) => index % n,
    dotAt: (index) => {
      const [row, column, at] = [Math.floor(index / n) % m, index % n, Math.floor(index / (m * n))];
      const [a, b] = [ofLeft(at) * m * k, ofRight(at) * k * n];
      return {
        left: Array.from({ length: k }, (_, j) => left.numbers[a + (transposed.a ? j * m + row : row * k + j)]!),
        right: Array.from(
          { length: k },
          (_, j) => right.numbers[b + (transposed.b ? column * k + j : j * n + column)]!,
        ),
        leftZero: zeroOf(leftZero, row),
        rightZero: zeroOf(rightZero, column),
        walks: [],
      };
    },
  };
}

/** The products of a convolution's windows, with the input's zero point as padding. Activations left, weights right. */
export function windowDots(call: Call, places: Places): IntegerDots {
  const [input, weights] = [call.input(places.left), call.input(places.right)];
  const optional = (at: number | null): Elements | null => (at === null ? null : (call.inputs[at] ?? null));
  const [inputZero, weightZero] = [optional(places.leftZero), optional(places.rightZero)];
  const spatial = input.dims.slice(2);
  const kernel = weights.dims.slice(2);
  const axes = windowOf(call, kernel);
  const pads = axes.map((axis, at) => padsAlong(axis, spatial[at]!));
  const out = axes.map((axis, at) => positionsAlong(axis, spatial[at]!));
  const [channels, depth] = [weights.dims[0]!, weights.dims[1]!];
  const share = channels / call.int("group", 1);
  const dims = [input.dims[0]!, channels, ...out];
  const inner = stridesOf(input.dims);
  const tapPlaces = allCoordinates(kernel);
  const taps = tapPlaces.length;
  const channelsLast = Array.from({ length: taps * depth }, (_, at) => (at % depth) * taps + Math.floor(at / depth));
  return {
    dims,
    leftSigned: input.type === "int8",
    rightSigned: weights.type === "int8",
    channelAt: (index) => coordinatesOf(index, dims)[1]!,
    dotAt: (index) => {
      const [image, channel, ...place] = coordinatesOf(index, dims);
      const zero = zeroOf(inputZero, 0);
      const first = Math.floor(channel! / share) * depth;
      const left = Array.from({ length: depth * taps }, (_, at) => {
        const along = tapPlaces[at % taps]!.map(
          (tap, axis) => place[axis]! * axes[axis]!.stride - pads[axis]![0] + tap * axes[axis]!.dilation,
        );
        if (along.some((each, axis) => each < 0 || each >= spatial[axis]!)) return zero;
        return input.numbers[placeOf([image!, first + Math.floor(at / taps), ...along], inner)]!;
      });
      return {
        left,
        right: Array.from(weights.numbers.subarray(channel! * depth * taps, (channel! + 1) * depth * taps)),
        leftZero: zero,
        rightZero: zeroOf(weightZero, channel!),
        walks: [channelsLast],
      };
    },
  };
}
