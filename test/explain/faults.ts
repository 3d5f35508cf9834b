import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import { tensor } from "./tensors.ts";

/** What a fault is injected into. */
export interface Injection {
  /** What the runtime gave. */
  readonly output: TensorValue;
  /** What it gave for another input of the same shape: what a buffer that was not written again holds. */
  readonly stale: TensorValue;
  /** What it gave with the end of its first input left out: an accumulation that stopped early. */
  readonly cut: TensorValue;
  /** From 0 to 1. */
  readonly random: () => number;
}

interface Numbers {
  readonly numbers: Float64Array;
  readonly stale: Float64Array;
  readonly cut: Float64Array;
  readonly dims: readonly number[];
  readonly type: TensorValue["type"];
  /** Length of a row, the part of the output that row faults hit. */
  readonly row: number;
  readonly random: () => number;
}

/** Changes `numbers` in place. */
type Fault = (given: Numbers) => void;

const isFloat = (type: string): boolean => type.includes("float");
const PRECISIONS: Readonly<Record<string, number>> = { float64: 53, float32: 24, float16: 11 };

/** Distance between neighbours of the output's type. */
export function stepOf(type: string, number: number): number {
  if (!isFloat(type)) return 1;
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(number), 2 ** -126)));
  return 2 ** (exponent - (PRECISIONS[type] ?? 24) + 1);
}

const pick = ({ numbers, random }: Numbers): number => Math.floor(random() * numbers.length);

/** An element that differs from zero, where there is one. */
function pickNonzero(given: Numbers): number {
  for (let tried = 0; tried < 50; tried++) {
    const at = pick(given);
    if (given.numbers[at] !== 0) return at;
  }
  return pick(given);
}

function pickRow({ numbers, row, random }: Numbers): { readonly start: number; readonly end: number } {
  const start = Math.floor(random() * Math.floor(numbers.length / row)) * row;
  return { start, end: start + row };
}

const oneElement =
  (change: (number: number, given: Numbers) => number): Fault =>
  (given) => {
    const at = pickNonzero(given);
    given.numbers[at] = change(given.numbers[at]!, given);
  };

/** A row taken from elsewhere. */
const rowFrom =
  (source: "stale" | "cut"): Fault =>
  (given) => {
    const { start, end } = pickRow(given);
    given.numbers.set(given[source].subarray(start, end), start);
  };

const truncated = new Float32Array(1);
const truncatedBits = new Uint32Array(truncated.buffer);

function truncatedToBfloat16(number: number): number {
  truncated[0] = number;
  truncatedBits[0] = truncatedBits[0]! & 0xffff0000;
  return truncated[0];
}

function transposeTile({ numbers, dims, random }: Numbers): void {
  const width = dims.at(-1) ?? 1;
  const height = dims.at(-2) ?? 1;
  const size = Math.min(4, width, height);
  const plane = Math.floor((random() * numbers.length) / (width * height)) * width * height;
  const [top, left] = [height, width].map((length) => Math.floor(random() * (length - size + 1)));
  const at = (y: number, x: number): number => plane + (top! + y) * width + left! + x;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < y; x++) {
      [numbers[at(y, x)], numbers[at(x, y)]] = [numbers[at(x, y)]!, numbers[at(y, x)]!];
    }
  }
}

/** The kinds of faults, by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "one element off by 2^-10": oneElement((number, { type }) =>
    isFloat(type) ? number * (1 + 2 ** (type === "float16" ? -6 : -10)) : number + 2,
  ),
  "one element off by some ULP": oneElement((number, { type, random }) => {
    const steps = 2 + Math.floor(2 ** (6 * random()));
    return number + (random() < 0.5 ? -1 : 1) * steps * stepOf(type, number);
  }),
  "sign flipped": oneElement((number) => -number),
  "zeroed or subnormal": oneElement((_, { random }) => (random() < 0.5 ? 0 : 2 ** -135)),
  "NaN or infinity": oneElement((number, { type, random }) => {
    if (!isFloat(type)) return number > 100 ? 0 : 255;
    return random() < 0.5 ? NaN : random() < 0.5 ? Infinity : -Infinity;
  }),
  "two elements swapped": (given) => {
    const [first, second] = [pick(given), pick(given)];
    const { numbers } = given;
    [numbers[first], numbers[second]] = [numbers[second]!, numbers[first]!];
  },
  "row shifted": (given) => {
    const { start, end } = pickRow(given);
    const row = given.numbers.slice(start, end);
    given.numbers.set([row.at(-1)!, ...row.subarray(0, -1)], start);
  },
  "whole output zero": ({ numbers }) => numbers.fill(0),
  "stale row": rowFrom("stale"),
  "scaled by 1.001": ({ numbers, type }) => {
    for (const [at, number] of numbers.entries())
      numbers[at] = number * (isFloat(type) ? (type === "float16" ? 1.02 : 1.001) : 1.1);
  },
  clamped: ({ numbers }) => {
    const sizes = numbers.map(Math.abs).toSorted();
    const most = sizes[Math.floor(sizes.length * 0.9)]!;
    for (const [at, number] of numbers.entries()) numbers[at] = Math.min(Math.max(number, -most), most);
  },
  "row truncated to bfloat16": (given) => {
    const { start, end } = pickRow(given);
    for (let at = start; at < end; at++) {
      const number = given.numbers[at]!;
      given.numbers[at] = isFloat(given.type) ? truncatedToBfloat16(number) : Math.trunc(number / 8) * 8;
    }
  },
  "index off by one": ({ numbers }) => {
    numbers.copyWithin(1, 0);
  },
  "tile transposed": transposeTile,
  "accumulation cut": rowFrom("cut"),
};

const TRIES = 10;

/** @returns the doctored output; null where no place was found at which the fault changes a number */
export function inject(fault: string, injection: Injection): TensorValue | null {
  for (let tried = 0; tried < TRIES; tried++) {
    const doctored = injectOnce(fault, injection);
    if (doctored !== null) return doctored;
  }
  return null;
}

function injectOnce(fault: string, { output, stale, cut, random }: Injection): TensorValue | null {
  const { numbers, type } = readElements(output);
  const given = numbers.slice();
  const last = output.dims.at(-1) ?? 1;
  FAULTS[fault]!({
    numbers: given,
    stale: readElements(stale).numbers,
    cut: readElements(cut).numbers,
    dims: output.dims,
    type,
    row: last >= 4 && last < numbers.length ? last : Math.max(1, Math.floor(numbers.length / 4)),
    random,
  });
  const doctored = tensor(type, output.dims, isFloat(type) ? given : given.map((each) => inRange(type, each)));
  const changed = readElements(doctored).numbers.some(
    (each, at) => each !== numbers[at] && !(Number.isNaN(each) && Number.isNaN(numbers[at])),
  );
  return changed ? doctored : null;
}

/** An integer type's own range: a fault does not leave it. */
function inRange(type: string, number: number): number {
  const bits = Number(/\d+$/.exec(type)?.[0] ?? 8);
  const least = type.startsWith("u") ? 0 : -(2 ** (bits - 1));
  const most = type.startsWith("u") ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  return Math.min(Math.max(Math.round(number), least), most);
}
