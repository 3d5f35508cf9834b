import type { OnnxModel } from "#core/onnx/graph.ts";
import type { CertifyOptions } from "#core/certify/certify.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import { Growth, type Tip } from "./growth.ts";
import { appendConv, appendMatrix } from "./linear.ts";
import {
  appendBlocks,
  appendConcat,
  appendExpand,
  appendGather,
  appendNothing,
  appendPad,
  appendPadThenPool,
  appendPool,
  appendReshape,
  appendSlice,
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
import { Tape } from "./tape.ts";

export interface Specimen {
  readonly model: OnnxModel;
  readonly domain: InputDomain;
}

type Step = (growth: Growth) => void;

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
  appendConcat,
  appendSlice,
  appendGather,
  appendReshape,
  appendPad,
];
const PICTURES: readonly Step[] = [
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
const ROWS: readonly Step[] = [appendMatrix, appendMatrix, appendMatrix, appendMatrix, appendSettled];
const SEQUENCES: readonly Step[] = [
  appendConv,
  appendMatrix,
  appendPool,
  appendTranspose,
  appendPadThenPool,
  appendSettled,
];

const OPSETS = [9, 10, 12, 17, 21];

/** A small random graph, most of them near some limit of the rules. The same choices give the same graph. */
export function grow(
  choices: readonly number[],
  options: CertifyOptions = {},
  allowed: (step: Step) => boolean = () => true,
): Specimen {
  const tape = new Tape(choices);
  const sizes = inputSizes(tape);
  // With a fixed batch every shape is known, and optimisers merge more.
  const batch = tape.pick(["N", "N", "N", 7, 1] as const);
  const domain = inputDomain(tape, [batch === "N" ? -1 : batch, ...sizes]);
  const input: Tip = { name: "x", dims: [batch, ...sizes] };
  const growth = new Growth(tape, tape.pick(OPSETS), domain, input, options);
  for (let left = tape.between(1, 7); left > 0; left--) {
    const steps = stepsFor(growth.sizes.length).filter(allowed);
    tape.pick(steps)(growth);
    if (growth.span() === null || growth.sizes.reduce((product, size) => product * size, 1) > MOST_ELEMENTS) break;
  }
  if (growth.tip.name === "x") appendNothing(growth);
  return { model: growth.model(), domain };
}

function inputSizes(tape: Tape): number[] {
  const rank = tape.pick([3, 3, 3, 1, 2]);
  // Now and then wide enough for blocked layouts, vector loops and work shared among threads.
  const wide = tape.chance(0.15);
  if (rank === 1) return [wide ? tape.pick([64, 100, 256, 320]) : tape.between(1, 24)];
  const sides = Array.from({ length: rank - 1 }, () => tape.between(2, wide ? 6 : 8));
  return [wide ? tape.pick([8, 16, 12]) : tape.between(1, 4), ...sides];
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

function stepsFor(rank: number): readonly Step[] {
  if (rank === 3) return [...ANY_SHAPE, ...PICTURES];
  return [...ANY_SHAPE, ...(rank === 1 ? ROWS : SEQUENCES)];
}
