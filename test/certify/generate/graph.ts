import type { OnnxModel } from "#core/onnx/graph.ts";
import type { CertifyOptions } from "#core/certify/certify.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import { disguised } from "./disguise.ts";
import { finishing } from "./finishing.ts";
import { Growth, type Tip } from "./growth.ts";
import { appendConv, appendMatrix } from "./linear.ts";
import {
  appendBlocks,
  appendConcat,
  appendExpand,
  appendNothing,
  appendPad,
  appendPadThenPool,
  appendPool,
  appendTranspose,
} from "./moving.ts";
import {
  appendAddConstant,
  appendBranch,
  appendCancelling,
  appendClamp,
  appendRequantise,
  appendRounding,
  appendScale,
  appendSettled,
  appendTwoClamps,
} from "./pointwise.ts";
import { appendReshape, appendRowsFromNumbers } from "./reshaping.ts";
import { appendApart, appendGather, appendJoinedAndCut, appendSlice } from "./selecting.ts";
import type { Tape } from "./tape.ts";
import { appendScaledZeros } from "./zeros.ts";

export interface Specimen {
  readonly model: OnnxModel;
  readonly domain: InputDomain;
  /** The dimensions of one row to feed, where the domain leaves some of them open. */
  readonly sizes?: readonly number[];
}

export type Step = (growth: Growth) => void;

/** Rough sizes, so that the oracle stays quick. */
const MOST_ELEMENTS = 640;

const appendClampedConv: Step = (growth) => {
  appendConv(growth);
  appendTwoClamps(growth);
};

const ANY_SHAPE: readonly Step[] = [
  appendAddConstant,
  appendBranch,
  appendScale,
  appendClamp,
  appendRounding,
  appendRequantise,
  appendNothing,
];
const WITH_AXES: readonly Step[] = [
  ...ANY_SHAPE,
  appendConcat,
  appendSlice,
  appendGather,
  appendReshape,
  appendPad,
  appendScaledZeros,
  appendApart,
  appendJoinedAndCut,
];
const NUMBERS: readonly Step[] = [...ANY_SHAPE, appendRowsFromNumbers, appendRowsFromNumbers, appendRowsFromNumbers];
const ROWS: readonly Step[] = [...WITH_AXES, appendMatrix, appendMatrix, appendMatrix, appendMatrix, appendSettled];
const SEQUENCES: readonly Step[] = [
  ...WITH_AXES,
  appendConv,
  appendMatrix,
  appendPool,
  appendTranspose,
  appendPadThenPool,
  appendSettled,
];
const IMAGES: readonly Step[] = [
  ...WITH_AXES,
  appendConv,
  appendConv,
  appendConv,
  appendConv,
  appendPool,
  appendPool,
  appendBlocks,
  appendTranspose,
  appendCancelling,
  appendExpand,
  appendPadThenPool,
  appendSettled,
  appendClampedConv,
];
const VOLUMES: readonly Step[] = [
  ...WITH_AXES,
  appendConv,
  appendConv,
  appendPool,
  appendMatrix,
  appendTranspose,
  appendExpand,
];
const HIGHER: readonly Step[] = [...WITH_AXES, appendMatrix, appendTranspose, appendTranspose, appendExpand];

/** By how many axes there are behind the batch. */
const STEPS = [NUMBERS, ROWS, SEQUENCES, IMAGES, VOLUMES, HIGHER];
const EVERY_STEP = [...new Set(STEPS.flat())];

const OPSETS = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23];

/** Around the widths of vectors and of blocked layouts (NCHWc holds 8 or 16 channels in a block). */
const WIDE_CHANNELS = [7, 8, 8, 9, 15, 16, 16, 17, 24, 32, 33];
const WIDE_ROWS = [31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 256, 257];

/**
 * A small random graph, most of them near some limit of the rules. The same seed of the tape gives the same graph.
 * @param favoured steps of which about every second one is
 */
export function grow(tape: Tape, options: CertifyOptions = {}, favoured: readonly Step[] = []): Specimen {
  const sizes = inputSizes(tape);
  const shape = declaredShape(tape, sizes);
  const domain = inputDomain(
    tape,
    shape.map((dim) => (typeof dim === "number" ? dim : -1)),
  );
  const batch = shape[0] as Tip["dims"][0];
  const growth = new Growth(tape, tape.pick(OPSETS), domain, { name: "x", dims: [batch, ...sizes] }, shape, options);
  // Some graphs keep to few kinds of steps, which meet each other more often than among all kinds.
  const often = favoured.length > 0 || tape.chance(0.6) ? favoured : [0, 0, 0].map(() => tape.pick(EVERY_STEP));
  for (let left = tape.between(1, 7); left > 0; left--) {
    const steps = STEPS[growth.sizes.length]!;
    const likely = often.filter((step) => steps.includes(step));
    tape.pick(likely.length > 0 && tape.chance(0.5) ? likely : steps)(growth);
    if (growth.span() === null || growth.volume > MOST_ELEMENTS) break;
  }
  if (growth.tip.name === "x") appendNothing(growth);
  const output = tape.chance(0.2) ? finishing(growth) : growth.tip.name;
  return { model: disguised(growth.finish(output), tape), domain, sizes };
}

function inputSizes(tape: Tape): number[] {
  const rank = tape.pick([3, 3, 3, 3, 3, 1, 1, 2, 2, 0, 4, 5]);
  if (rank === 0) return [];
  // Now and then wide enough for blocked layouts, vector loops and work shared among threads.
  const wide = tape.chance(0.2);
  if (rank === 1) return [wide ? tape.pick(WIDE_ROWS) : tape.between(1, 24)];
  const longest = wide ? [4, 6, 4, 2, 2][rank - 1]! : [8, 8, 8, 4, 3][rank - 1]!;
  const sides = Array.from({ length: rank - 1 }, () => tape.between(rank > 3 ? 1 : 2, longest));
  return [wide && rank < 4 ? tape.pick(WIDE_CHANNELS) : tape.between(1, 4), ...sides];
}

/** The input's dimensions as the model says them. With a fixed batch every shape is known, and optimisers merge more. */
function declaredShape(tape: Tape, sizes: readonly number[]): readonly (number | string)[] {
  const batch = tape.pick(["N", "N", "N", 7, 3, 1] as const);
  if (!tape.chance(0.06)) return [batch, ...sizes];
  // Other dynamic dimensions than the batch, some of one name, or of one that looks like a product.
  return [batch, ...sizes.map((size) => (tape.chance(0.5) ? tape.pick(["H", "W", "N", "2*N", "1", ""]) : size))];
}

function inputDomain(tape: Tape, shape: readonly number[]): InputDomain {
  const [lo, hi] = tape.pick([
    [0, 255],
    [0, 255],
    [0, 255],
    [-128, 127],
    [0, 1],
    [-255, 0],
    [3, 40],
    [-100_000, 90_000],
    [-7_000_000, 8_000_000],
  ] as const);
  return { shape, exponent: tape.pick([0, 0, 0, -8, -3, 2]), lo, hi };
}
