import { formatOf } from "./approximated.ts";
import { Arithmetic } from "./arithmetic.ts";
import { NotAnalysed } from "../call.ts";
import type { Operator } from "./judge.ts";
import { GAMMA } from "./reductions.ts";
import { judgeWithin } from "./within.ts";

/*
 * MatMulNBits: a product with weights of 2, 4 or 8 bits, (q - zero point) * scale for each block along K. A kernel may
 * subtract the zero points from the sums rather than from the weights, so the bound counts both.
 */

/** The relative error of a factor at each `accuracy_level`: float32, float16 and bfloat16. */
const ROUNDOFF: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 2 ** -11, 3: 2 ** -8 };
/** Level 4 quantises the factor to eight bits with one scale per block. */
const EIGHT_BITS = 1 / 127;

const packed: Operator = (call) => {
  const [a, b, scales] = [call.input(0), call.input(1), call.input(2)];
  const format = formatOf(a);
  const [k, n, bits] = [call.int("K", 0), call.int("N", 0), call.int("bits", 4)];
  const size = call.int("block_size", 32);
  const level = call.int("accuracy_level", 0);
  if (call.has(4)) throw new NotAnalysed("A MatMulNBits whose blocks are assigned by g_idx is not analysed.");
  if (b.type !== "uint8" || ![2, 4, 8].includes(bits) || (ROUNDOFF[level] === undefined && level !== 4))
    throw new NotAnalysed(`A MatMulNBits with ${bits} bits of ${b.type} at level ${level} is not analysed.`);
  const blocks = Math.ceil(k / size);
  const zeros = call.has(3) ? call.input(3) : null;
  const bias = call.has(5) ? call.input(5) : null;
  const [perByte, mask] = [8 / bits, 2 ** bits - 1];
  const unpacked = (numbers: ArrayLike<number>, start: number, at: number): number =>
    (numbers[start + Math.floor(at / perByte)]! >> (bits * (at % perByte))) & mask;
  const rowBytes = Math.ceil(size / perByte);
  const zeroAt = (column: number, block: number): number => {
    if (zeros === null) return 2 ** (bits - 1);
    if (zeros.type !== "uint8") return zeros.numbers[column * blocks + block]!;
    return unpacked(zeros.numbers, column * Math.ceil(blocks / perByte), block);
  };
  return {
    dims: [...a.dims.slice(0, -1), n],
    bound: { formula: `${GAMMA}, with two roundings per product; the zero points may be subtracted last`, n: k },
    judge: (index, given) => {
      const [row, column] = [Math.floor(index / n), index % n];
      let value = bias === null ? 0 : bias.numbers[column]!;
      let reach = Math.abs(value);
      let quantised = 0;
      for (let block = 0; block < blocks; block++) {
        const [scale, zero] = [scales.numbers[column * blocks + block]!, zeroAt(column, block)];
        const end = Math.min(k, (block + 1) * size);
        let [largest, weights] = [0, 0];
        for (let at = block * size; at < end; at++) {
          const q = unpacked(b.numbers, (column * blocks + block) * rowBytes, at - block * size);
          const factor = a.numbers[row * k + at]!;
          value += factor * (q - zero) * scale;
          reach += Math.abs(factor * scale) * (q + Math.abs(zero));
          largest = Math.max(largest, Math.abs(factor));
          weights += Math.abs((q - zero) * scale);
        }
        quantised += largest * weights;
      }
      const { error } = new Arithmetic(format, given.dialect).products(2 * k + blocks + 1, 3, reach);
      const narrowed = level === 4 ? EIGHT_BITS * quantised : ROUNDOFF[level]! * 2 * reach;
      return judgeWithin(format, { value, error: error + narrowed }, given, null);
    },
  };
};

export const PACKED_WEIGHTS: Readonly<Record<string, Operator>> = { MatMulNBits: packed };
