import { elementsOf } from "../../tensors/tensor-value.ts";
import { formatOf } from "./approximated.ts";
import { Arithmetic } from "./arithmetic.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { judgeCopy } from "./copying.ts";
import type { Operator } from "./judge.ts";
import { judgeWithin } from "./within.ts";

/*
 * RotaryEmbedding rotates pairs (a, b) of each head's first columns: a cos - b sin, and b cos + a sin. The pairs are
 * neighbours if interleaved, otherwise the two halves of the rotated columns. The other columns are copied.
 */

/** ONNX Runtime's operator has the positions second; ONNX's own, since opset 23, has them last, and they may be missing. */
function operandsOf(call: Call) {
  return call.node.domain === "com.microsoft"
    ? { cos: call.input(2), sin: call.input(3), positions: call.integers(1) }
    : { cos: call.input(1), sin: call.input(2), positions: call.has(3) ? call.integers(3) : null };
}

const rotary: Operator = (call) => {
  const input = call.input(0);
  const format = formatOf(input);
  const { cos, sin, positions } = operandsOf(call);
  if (call.int("is_packed_batching", 0) !== 0 || call.real("scale", 1) !== 1)
    throw new NotAnalysed("A RotaryEmbedding that is packed or scaled is not analysed.");
  const half = cos.dims.at(-1)!;
  const rotated = call.int("rotary_embedding_dim", 0) || 2 * half;
  if (rotated !== 2 * half) throw new NotAnalysed("The cache of the RotaryEmbedding does not fit its columns.");
  const isWide = input.dims.length === 4;
  const [batch, second, third] = input.dims as [number, number, number];
  const length = isWide ? third : second;
  const heads = call.int("num_heads", 0);
  const width = isWide ? input.dims[3]! : heads > 0 ? third / heads : rotated;
  const interleaved = call.int("interleaved", 0) === 1;
  const isShared = positions?.length === 1;
  if (positions !== null && !isShared && positions.length !== batch * length)
    throw new NotAnalysed("The positions of the RotaryEmbedding do not fit its input.");

  /** Where the angle of a row's first pair is in the cache. */
  const cacheRow = (index: number): number => {
    const rows = elementsOf(input.dims.slice(1));
    const at = Math.floor(index / rows);
    const position = isWide ? Math.floor(index / width) % length : Math.floor((index % rows) / third);
    const place = at * length + position;
    return (positions === null ? place : isShared ? positions[0]! + position : positions[place]!) * half;
  };
  return {
    dims: input.dims,
    bound: { formula: "two products and their sum, by running error analysis (sect. 3.3)", n: 3 },
    judge: (index, given) => {
      const column = index % width;
      if (column >= rotated) return judgeCopy(input, index, given);
      const isFirst = interleaved ? column % 2 === 0 : column < half;
      const pair = interleaved ? Math.floor(column / 2) : column % half;
      const step = (interleaved ? 1 : half) * (isFirst ? 1 : -1);
      const angle = cacheRow(index) + pair;
      const arithmetic = new Arithmetic(format, given.dialect);
      const at = (number: number) => arithmetic.given(number);
      const own = arithmetic.times(at(input.numbers[index]!), at(cos.numbers[angle]!));
      const turned = arithmetic.times(at(input.numbers[index + step]!), at(sin.numbers[angle]!));
      return judgeWithin(format, isFirst ? arithmetic.minus(own, turned) : arithmetic.plus(own, turned), given, null);
    },
  };
};

export const ROTARY: Readonly<Record<string, Operator>> = { RotaryEmbedding: rotary };
