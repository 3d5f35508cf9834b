import type { Elements } from "../../tensors/read-elements.ts";
import type { Arithmetic, Estimate } from "./arithmetic.ts";
import { exactly } from "./arithmetic.ts";

/*
 * The steps of LSTM, GRU and RNN with ONNX's default activations, by running error analysis. An error of a state enters
 * the next step through the weights, so the bound grows with the sequence.
 */

export interface Recurrence {
  readonly op: string;
  readonly steps: number;
  readonly batch: number;
  readonly hidden: number;
  /** "forward", "reverse" or "bidirectional" */
  readonly direction: string;
  readonly x: Elements;
  readonly weights: Elements;
  readonly recurrent: Elements;
  readonly bias: Elements | null;
  readonly firstState: Elements | null;
  readonly firstCell: Elements | null;
  /** Of a GRU: the reset gate is applied after the recurrent product. */
  readonly resetLast: boolean;
  readonly tf32: boolean;
}

/** Y, Y_h and Y_c, each in the order of the output's elements. */
export type States = readonly [all: readonly Estimate[], last: readonly Estimate[], cells: readonly Estimate[]];

/** MLAS's and cuDNN's sigmoid and tanh are within this many unit roundoffs of 1. */
const ACTIVATION_UNITS = 32;
const TF32_FACTORS = 2 ** -10;

export function evaluated(arithmetic: Arithmetic, recurrence: Recurrence): States {
  const { steps, batch, hidden, direction } = recurrence;
  const directions = direction === "bidirectional" ? 2 : 1;
  const all: Estimate[] = [];
  const last: Estimate[] = [];
  const cells: Estimate[] = [];
  for (let way = 0; way < directions; way++) {
    const isReverse = direction === "reverse" || way === 1;
    for (let row = 0; row < batch; row++) {
      const start = (way * batch + row) * hidden;
      const first = (given: Elements | null): Estimate[] =>
        Array.from({ length: hidden }, (_, at) =>
          given === null ? exactly(0) : arithmetic.given(given.numbers[start + at]!),
        );
      let state = first(recurrence.firstState);
      let cell = first(recurrence.firstCell);
      for (let count = 0; count < steps; count++) {
        const step = isReverse ? steps - 1 - count : count;
        const next = nextState(arithmetic, recurrence, { way, at: step * batch + row, state, cell });
        [state, cell] = [next.state, next.cell];
        const place = ((step * directions + way) * batch + row) * hidden;
        for (const [at, each] of state.entries()) all[place + at] = each;
      }
      last.push(...state);
      cells.push(...cell);
    }
  }
  return [all, last, cells];
}

interface Place {
  readonly way: number;
  /** Row of the input, steps and batch together. */
  readonly at: number;
  readonly state: readonly Estimate[];
  readonly cell: readonly Estimate[];
}

function nextState(
  arithmetic: Arithmetic,
  recurrence: Recurrence,
  place: Place,
): { readonly state: Estimate[]; readonly cell: Estimate[] } {
  const { op, hidden, resetLast } = recurrence;
  const { state, cell } = place;
  const units = [...Array(hidden).keys()];
  const gate = (number: number, unit: number): Estimate =>
    arithmetic.sum([
      ofInput(arithmetic, recurrence, place, number, unit),
      ofState(arithmetic, recurrence, place, number, unit, state),
    ]);
  if (op === "RNN") return { state: units.map((unit) => tanh(arithmetic, gate(0, unit))), cell: [...cell] };
  if (op === "LSTM") {
    const cells = units.map((unit) =>
      arithmetic.plus(
        arithmetic.times(sigmoid(arithmetic, gate(2, unit)), cell[unit]!),
        arithmetic.times(sigmoid(arithmetic, gate(0, unit)), tanh(arithmetic, gate(3, unit))),
      ),
    );
    const states = units.map((unit) =>
      arithmetic.times(sigmoid(arithmetic, gate(1, unit)), tanh(arithmetic, cells[unit]!)),
    );
    return { state: states, cell: cells };
  }
  const reset = units.map((unit) => sigmoid(arithmetic, gate(1, unit)));
  const resetState = units.map((unit) => arithmetic.times(reset[unit]!, state[unit]!));
  const next = units.map((unit) => {
    const update = sigmoid(arithmetic, gate(0, unit));
    const recalled = resetLast
      ? arithmetic.times(reset[unit]!, ofState(arithmetic, recurrence, place, 2, unit, state))
      : ofState(arithmetic, recurrence, place, 2, unit, resetState);
    const fresh = tanh(arithmetic, arithmetic.plus(ofInput(arithmetic, recurrence, place, 2, unit), recalled));
    return mixed(arithmetic, update, fresh, state[unit]!);
  });
  return { state: next, cell: [...cell] };
}

function ofInput(
  arithmetic: Arithmetic,
  recurrence: Recurrence,
  { way, at }: Place,
  gate: number,
  unit: number,
): Estimate {
  const { x, weights, hidden, bias, tf32 } = recurrence;
  const [size, rows] = [weights.dims[2]!, weights.dims[1]!];
  const from = (way * rows + gate * hidden + unit) * size;
  const row = weights.numbers.subarray(from, from + size);
  const added = bias === null ? 0 : bias.numbers[way * 2 * rows + gate * hidden + unit]!;
  return product(arithmetic, row, (index) => arithmetic.given(x.numbers[at * size + index]!), added, tf32);
}

function ofState(
  arithmetic: Arithmetic,
  { recurrent, hidden, bias, tf32 }: Recurrence,
  { way }: Place,
  gate: number,
  unit: number,
  state: readonly Estimate[],
): Estimate {
  const rows = recurrent.dims[1]!;
  const from = (way * rows + gate * hidden + unit) * hidden;
  const row = recurrent.numbers.subarray(from, from + hidden);
  const added = bias === null ? 0 : bias.numbers[(way * 2 + 1) * rows + gate * hidden + unit]!;
  return product(arithmetic, row, (index) => state[index]!, added, tf32);
}

function product(
  arithmetic: Arithmetic,
  weights: Float64Array,
  factor: (index: number) => Estimate,
  added: number,
  tf32: boolean,
): Estimate {
  let [value, size, handedOn] = [added, Math.abs(added), 0];
  for (const [index, weight] of weights.entries()) {
    const each = factor(index);
    value += weight * each.value;
    size += Math.abs(weight * each.value);
    handedOn += Math.abs(weight) * each.error;
  }
  // The order of the sum over both products and biases is open: two more terms.
  const { error } = arithmetic.products(weights.length + 3, 2, size + handedOn);
  return { value, error: error + handedOn + (tf32 ? TF32_FACTORS * size : 0) };
}

function sigmoid(arithmetic: Arithmetic, argument: Estimate): Estimate {
  return rising(arithmetic, (x) => 1 / (1 + Math.exp(-x)), argument);
}

function tanh(arithmetic: Arithmetic, argument: Estimate): Estimate {
  return rising(arithmetic, Math.tanh, argument);
}

/** A monotone activation: the ends of the argument's interval bound the error. */
function rising({ format }: Arithmetic, activation: (x: number) => number, { value, error }: Estimate): Estimate {
  const exact = activation(value);
  const handedOn = Math.max(activation(value + error) - exact, exact - activation(value - error));
  return { value: exact, error: handedOn + ACTIVATION_UNITS * format.unitRoundoff };
}

/** (1 - z) h' + z h, or h' + z (h - h'): both have four roundings of terms that are at most |h| + |h'|. */
function mixed(arithmetic: Arithmetic, z: Estimate, fresh: Estimate, old: Estimate): Estimate {
  const value = (1 - z.value) * fresh.value + z.value * old.value;
  const spread = Math.abs(old.value - fresh.value) + old.error + fresh.error;
  const handedOn = spread * z.error + Math.abs(1 - z.value) * fresh.error + Math.abs(z.value) * old.error;
  const reach = Math.abs(fresh.value) + Math.abs(old.value) + handedOn;
  const { error } = arithmetic.settle(value, handedOn);
  return { value, error: error + 8 * arithmetic.format.unitRoundoff * reach };
}
