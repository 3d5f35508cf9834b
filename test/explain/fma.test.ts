import { describe, expect, it } from "vitest";
import { fma } from "#core/explain/fma.ts";

/*
 * Every finite float32 is an integer times 2^-149, so a * b + c is an integer times 2^-298, and a BigInt holds it as it
 * is. The oracle rounds that integer to 24 bits (fewer in the subnormal range) by comparing remainders.
 */

const TRIPLES = 1_000_000;

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

function floatOf(bits: number): number {
  word[0] = bits;
  return float[0]!;
}

function bitsOf(number: number): number {
  float[0] = number;
  return word[0]!;
}

/** A finite float32 as [integer, exponent]: integer * 2^exponent, exponent at least -149. */
function mantissa(bits: number): number {
  const fraction = bits & 0x7f_ffff;
  const magnitude = (bits >>> 23) & 0xff ? fraction | 0x80_0000 : fraction;
  return bits >>> 31 ? -magnitude : magnitude;
}

function shift(bits: number): number {
  return Math.max((bits >>> 23) & 0xff, 1) - 1;
}

function bitLength(integer: bigint): number {
  const hex = integer.toString(16);
  return hex.length * 4 - Math.clz32(Number.parseInt(hex[0]!, 16)) + 28;
}

/** Bits of the float32 nearest to integer * 2^exponent, ties to even; integer is not 0. */
function nearest(integer: bigint, exponent: number): number {
  const sign = integer < 0n ? 0x8000_0000 : 0;
  const magnitude = integer < 0n ? -integer : integer;
  // The last place kept: 24 bits, but nothing finer than 2^-149.
  const dropped = Math.max(bitLength(magnitude) - 24, -149 - exponent);
  let kept = dropped > 0 ? magnitude >> BigInt(dropped) : magnitude << BigInt(-dropped);
  if (dropped > 0) {
    const doubled = (magnitude - (kept << BigInt(dropped))) << 1n;
    const whole = 1n << BigInt(dropped);
    if (doubled > whole || (doubled === whole && (kept & 1n) === 1n)) kept += 1n;
  }
  const place = exponent + dropped + 149;
  // An all-ones mantissa that was rounded up carries into the exponent by itself.
  const bits = kept < 0x80_0000n ? Number(kept) : Number(kept) + place * 0x80_0000;
  return (sign | Math.min(bits, 0x7f80_0000)) >>> 0;
}

/** @returns bits, or "NaN" */
function oracle(a: number, b: number, c: number): number | "NaN" {
  const [x, y, z] = [floatOf(a), floatOf(b), floatOf(c)];
  if (!Number.isFinite(x) || !Number.isFinite(y) || !Number.isFinite(z)) {
    // Infinities and NaN behave alike in every precision.
    const special = Number.isFinite(x) && Number.isFinite(y) ? z : x * y + (Number.isFinite(z) ? 0 : z);
    return Number.isNaN(special) ? "NaN" : bitsOf(special);
  }
  const productShift = shift(a) + shift(b);
  const addendShift = shift(c) + 149;
  const least = Math.min(productShift, addendShift);
  const product = BigInt(mantissa(a)) * BigInt(mantissa(b));
  const sum = (product << BigInt(productShift - least)) + (BigInt(mantissa(c)) << BigInt(addendShift - least));
  if (sum !== 0n) return nearest(sum, least - 298);
  // An exact zero: -0 only where both parts are negative.
  const productNegative = (a >>> 31) ^ (b >>> 31);
  const bothZero = product === 0n;
  return bothZero && productNegative === 1 && c >>> 31 === 1 ? 0x8000_0000 : 0;
}

/** xorshift32, so that every run sees the same triples. */
function randomBits(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

type Triple = [number, number, number];
type Kind = (next: () => number) => Triple;

const ONE = 0x3f80_0000;
/** Exponents near 1, so that products and addends meet. */
const near = (bits: number, spread: number): number =>
  ((bits & 0x807f_ffff) | ((127 - spread + ((bits >>> 23) % (2 * spread))) << 23)) >>> 0;
const subnormal = (bits: number): number => (bits & 0x807f_ffff) >>> 0;
const sparse = (next: () => number): number =>
  near(next() & (0xff80_0000 | next() | next()) & (0xffff_ffff << (next() % 24)), 14);

/** Where rounding the double sum once more goes wrong: the true sum lies closer to a tie than a double can tell. */
const DECIDED_BELOW = {
  product: "ties decided by the last bits of the product",
  addend: "ties decided by a tiny addend",
  subnormal: "ties in the subnormal range",
  overflow: "ties between the largest float32 and infinity",
} as const;

const KINDS: Readonly<Record<string, Kind>> = {
  "any bits at all": (next) => [next(), next(), next()],
  "exponents that meet": (next) => [near(next(), 12), near(next(), 12), near(next(), 25)],
  "few significant bits, which make ties": (next) => [sparse(next), sparse(next), sparse(next)],
  "an addend that nearly cancels the product": (next) => {
    const [a, b] = [near(next(), 60), near(next(), 60)];
    const close = (bitsOf(-Math.fround(floatOf(a) * floatOf(b))) + (next() % 5) - 2) >>> 0;
    return [a, b, close];
  },
  "a product far below the addend's last place": (next) => {
    const c = near(next(), 40);
    const below = (((c >>> 23) & 0xff) - 24 - (next() % 30)) << 23;
    return [
      (near(next(), 1) & 0x8000_0000) | ONE | (next() & 3),
      (next() & 0x8000_0000) | (below & 0x7f80_0000) | (next() & 7),
      c,
    ];
  },
  [DECIDED_BELOW.product]: (next) => {
    // (1 + e)(1 - e) * half a step of the addend is half a step less e^2 of it, which no double sum holds.
    const c = near(next(), 20);
    const small = 2 ** -(15 + (next() % 9));
    const half = floatOf((next() & 0x8000_0000) | ((((c >>> 23) & 0xff) - 24) << 23));
    return [bitsOf(1 + small), bitsOf((1 - small) * half), c];
  },
  [DECIDED_BELOW.addend]: (next) => {
    // 13 bits times 12 bits make 25, the last of which is the tie that a tiny addend decides.
    const a = near(next() & 0xffff_f800, 12) | 0x800;
    const b = near(next() & 0xffff_f000, 12) | 0x1000;
    const place = (((a >>> 23) & 0xff) + ((b >>> 23) & 0xff) - 127 - 40 - (next() % 40)) << 23;
    return [a, b, (next() & 0x807f_ffff) | place];
  },
  [DECIDED_BELOW.subnormal]: (next) => {
    // An odd multiple of 2^-150, less what a double cannot hold next to it.
    const small = 2 ** -(15 + (next() % 9));
    const c = (next() & 0x807f_ffff) >>> 0;
    return [bitsOf((1 + small) * 2 ** -75), bitsOf((next() & 1 ? -1 : 1) * (1 - small) * 2 ** -75), c];
  },
  [DECIDED_BELOW.overflow]: (next) => {
    const small = 2 ** -(15 + (next() % 9));
    const sign = next() & 0x8000_0000;
    const half = floatOf(sign | ((127 + 103) << 23));
    return [bitsOf(1 + small), bitsOf((1 - small) * half), sign | 0x7f7f_ffff];
  },
  "subnormal factors": (next) => [subnormal(next()), next(), subnormal(next())],
  "results in the subnormal range": (next) => {
    const a = near(next(), 60);
    const exponent = Math.min(254, Math.max(1, 127 - 140 + (next() % 30) + 127 - ((a >>> 23) & 0xff)));
    return [a, (next() & 0x807f_ffff) | (exponent << 23), subnormal(next()) >>> (next() % 24)];
  },
  "sums near the largest float32": (next) => {
    const a = near(next(), 30);
    const exponent = Math.min(254, 127 + 127 + 127 - ((a >>> 23) & 0xff) + (next() % 2));
    return [
      a,
      (next() & 0x807f_ffff) | (exponent << 23),
      (next() & 0x80ff_ffff) | (next() & 1 ? 0x7f00_0000 : 0x7e80_0000),
    ];
  },
  "infinities, NaN, zeros and ones": (next) => {
    const edges = [
      0,
      0x8000_0000,
      0x7f80_0000,
      0xff80_0000,
      0x7fc0_0000,
      1,
      0x8000_0001,
      0x007f_ffff,
      0x0080_0000,
      ONE,
      0x7f7f_ffff,
      0xff7f_ffff,
    ];
    const pick = (): number => (next() & 3 ? edges[next() % edges.length]! : next());
    return [pick(), pick(), pick()];
  },
};

function mismatch([a, b, c]: Triple): string | null {
  const expected = oracle(a >>> 0, b >>> 0, c >>> 0);
  const result = fma(floatOf(a), floatOf(b), floatOf(c));
  const same = expected === "NaN" ? Number.isNaN(result) : !Number.isNaN(result) && bitsOf(result) === expected;
  const hex = (bits: number): string => (bits >>> 0).toString(16).padStart(8, "0");
  return same
    ? null
    : `fma(${hex(a)}, ${hex(b)}, ${hex(c)}) gave ${result}, not the bits ${expected === "NaN" ? expected : hex(expected)}`;
}

describe(`fused multiply-add against integers, ${TRIPLES.toLocaleString("en-US")} triples`, () => {
  const kinds = Object.entries(KINDS);
  it.each(kinds)("%s", (_, triple) => {
    const next = randomBits(0x1234_5678);
    const wrong: string[] = [];
    for (let at = 0; at < TRIPLES / kinds.length && wrong.length < 5; at++) {
      const problem = mismatch(triple(next));
      if (problem !== null) wrong.push(problem);
    }
    expect(wrong).toEqual([]);
  });

  it.each(Object.values(DECIDED_BELOW))("%s: rounding twice, as plain doubles do, is caught", (kind) => {
    const next = randomBits(0x8765_4321);
    let caught = 0;
    for (let at = 0; at < 1000; at++) {
      const [a, b, c] = KINDS[kind]!(next);
      if (bitsOf(Math.fround(floatOf(a) * floatOf(b) + floatOf(c))) !== oracle(a >>> 0, b >>> 0, c >>> 0)) caught++;
    }
    expect(caught).toBeGreaterThan(100);
  });
});
