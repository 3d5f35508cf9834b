import type { FloatFormat } from "../../tensors/float-format.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import { formatOf } from "./approximated.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { type Operator, type OutputJudge, possible } from "./judge.ts";
import { stridesOf } from "./strides.ts";
import { outsideOf } from "./within.ts";

/*
 * Attention is not evaluated. Its weights lie between 0 and 1 and add up to 1, so each element must lie between the
 * smallest and the largest value of its column of V. Only that is checked.
 */

const HULL_ONLY = "Only the range of an attention's result is checked: it must lie between the averaged values.";

interface Values {
  readonly numbers: (batch: number, head: number, position: number, column: number) => number;
  readonly positions: number;
}

/** @param heads of the values; in a tensor of rank 3 they are concatenated along its last axis */
function valuesOf(input: Elements, heads: number): Values {
  const strides = stridesOf(input.dims);
  if (input.dims.length === 4)
    return {
      positions: input.dims[2]!,
      numbers: (batch, head, position, column) =>
        input.numbers[batch * strides[0]! + head * strides[1]! + position * strides[2]! + column]!,
    };
  if (input.dims.length !== 3) throw new NotAnalysed("Values of this rank are not analysed.");
  const width = input.dims[2]! / heads;
  return {
    positions: input.dims[1]!,
    numbers: (batch, head, position, column) =>
      input.numbers[batch * strides[0]! + position * strides[1]! + head * width + column]!,
  };
}

interface Hull {
  readonly heads: number;
  /** Heads of the values, each shared by several heads of the output. */
  readonly valueHeads: number;
  readonly width: number;
  readonly parts: readonly Values[];
  readonly bias: (head: number, column: number) => number;
  readonly isMasked: boolean;
}

function hullJudge(
  call: Call,
  format: FloatFormat,
  { heads, valueHeads, width, parts, bias, isMasked }: Hull,
): OutputJudge {
  const ranges = new Map<string, readonly [number, number]>();
  const rangeAt = (batch: number, head: number, column: number): readonly [number, number] => {
    const key = `${batch} ${head} ${column}`;
    const known = ranges.get(key);
    if (known) return known;
    // If all positions are masked, some kernels return zero.
    let [least, most] = isMasked ? [0, 0] : [Infinity, -Infinity];
    for (const { positions, numbers } of parts) {
      for (let position = 0; position < positions; position++) {
        const number = numbers(batch, head, position, column) + bias(head, column);
        [least, most] = [Math.min(least, number), Math.max(most, number)];
      }
    }
    const total = parts.reduce((sum, { positions }) => sum + positions, 0);
    const slack =
      (4 * total + 16) * format.unitRoundoff * Math.max(Math.abs(least), Math.abs(most)) + 4 * format.smallestNormal;
    const range = [least - slack, most + slack] as const;
    ranges.set(key, range);
    return range;
  };
  const rank3 = call.input(0).dims.length === 3;
  return {
    dims: null,
    judge: (index, given) => {
      const [rows, size] = [call.input(0).dims[rank3 ? 1 : 2]!, heads * width];
      const column = index % width;
      const [batch, head] = rank3
        ? [Math.floor(index / (rows * size)), Math.floor((index % size) / width)]
        : [Math.floor(index / (heads * rows * width)), Math.floor(index / (rows * width)) % heads];
      const [least, most] = rangeAt(batch, Math.floor((head * valueHeads) / heads), column);
      // A NaN among the values may affect every element.
      if (!Number.isFinite(most - least)) return possible(HULL_ONLY);
      return outsideOf(call.node.op, format, [least, most], null, given.value) ?? possible(HULL_ONLY);
    },
  };
}

const none = (): number => 0;

/** ONNX Runtime's operator: values of rank 3 or 4, one concatenated bias for query, key and value, and a past. */
const multiHead: Operator = (call) => {
  const heads = call.int("num_heads", 1);
  const values = call.input(2);
  const format = formatOf(values);
  const width = values.dims.length === 4 ? values.dims[3]! : values.dims[2]! / heads;
  const bias = call.has(3) ? call.input(3).numbers.subarray(-heads * width) : null;
  if (bias !== null && call.has(7)) throw new NotAnalysed("A past combined with a bias is not analysed.");
  const parts = [valuesOf(values, heads), ...(call.has(7) ? [valuesOf(call.input(7), heads)] : [])];
  const biasAt = bias === null ? none : (head: number, column: number): number => bias[head * width + column]!;
  return hullJudge(call, format, {
    heads,
    valueHeads: heads,
    width,
    parts,
    bias: biasAt,
    isMasked: call.has(4) || call.has(5),
  });
};

const groupQuery: Operator = (call) => {
  const [heads, valueHeads] = [call.int("num_heads", 1), call.int("kv_num_heads", 1)];
  if (!call.has(2)) throw new NotAnalysed("Values packed with the query are not analysed.");
  const values = call.input(2);
  const parts = [valuesOf(values, valueHeads), ...(call.has(4) ? [valuesOf(call.input(4), valueHeads)] : [])];
  const width = values.dims[2]! / valueHeads;
  return hullJudge(call, formatOf(values), { heads, valueHeads, width, parts, bias: none, isMasked: false });
};

/** ONNX's own operator since opset 23. ONNX Runtime's operator of this name has weights as inputs. */
const attention: Operator = (call) => {
  if (call.node.domain === "com.microsoft") throw new NotAnalysed("An Attention with its own weights is not analysed.");
  const values = call.input(2);
  const wide = values.dims.length === 4;
  const heads = wide ? call.input(0).dims[1]! : call.int("q_num_heads", 1);
  const valueHeads = wide ? values.dims[1]! : call.int("kv_num_heads", 1);
  const parts = [valuesOf(values, valueHeads), ...(call.has(5) ? [valuesOf(call.input(5), valueHeads)] : [])];
  const width = wide ? values.dims[3]! : values.dims[2]! / valueHeads;
  return hullJudge(call, formatOf(values), { heads, valueHeads, width, parts, bias: none, isMasked: call.has(3) });
};

export const ATTENTION: Readonly<Record<string, Operator>> = {
  Attention: attention,
  GroupQueryAttention: groupQuery,
  MultiHeadAttention: multiHead,
};
