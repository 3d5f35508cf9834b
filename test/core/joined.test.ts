import { expect, it } from "vitest";
import { bitsOf } from "#core/tensors/bits.ts";
import { joinedBytes, joinedFloats, rowsOf } from "#core/tensors/joined.ts";

const WORDS = [0x7fc0_1234, 0xffa0_0001, 0x8000_0000, 0x0000_0001, 0x3f80_0000];

it("joins floats bit by bit, in memory of their own", () => {
  const floats = new Float32Array(Uint32Array.from(WORDS).buffer);
  const whole = joinedFloats([floats.subarray(0, 2), new Float32Array(), floats.subarray(2)]);
  expect([...bitsOf(whole)]).toEqual(WORDS);
  floats.fill(0);
  expect([...bitsOf(whole)]).toEqual(WORDS);
});

it("joins bytes of views into larger memory, and nothing to nothing", () => {
  const bytes = Uint8Array.of(9, 1, 2, 3, 9);
  expect([...joinedBytes([bytes.subarray(1, 3), bytes.subarray(3, 4)])]).toEqual([1, 2, 3]);
  expect(joinedBytes([])).toHaveLength(0);
});

it("gives rows as views, and none of what makes no row", () => {
  const floats = Float32Array.of(1, 2, 3, 4, 5);
  const rows = rowsOf(floats, 2);
  expect(rows.map((row) => [...row])).toEqual([
    [1, 2],
    [3, 4],
  ]);
  floats[0] = 9;
  expect(rows[0]![0]).toBe(9);
  expect(rowsOf(new Float32Array(), 2)).toEqual([]);
});
