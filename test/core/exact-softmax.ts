/** Softmax in 1,400-bit fixed point: the reference that double precision is measured against. */

const FRACTION_BITS = 1_400n;
const ONE = 1n << FRACTION_BITS;
/** Halvings before the Taylor series, undone by as many squarings. */
const HALVINGS = 16n;

/** A finite double in fixed point. Exact for every double of at least 2^-1074 in steps of 2^-1074. */
export function toFixed(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude =
    (exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)) << (FRACTION_BITS - 1_074n);
  return value < 0 ? -magnitude : magnitude;
}

/** e^x for fixed-point x <= 0. */
export function exactExp(x: bigint): bigint {
  const reduced = x >> HALVINGS;
  let sum = ONE;
  let term = ONE;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = (term * reduced) / (n << FRACTION_BITS);
    sum += term;
  }
  for (let halving = 0n; halving < HALVINGS; halving++) sum = (sum * sum) >> FRACTION_BITS;
  return sum;
}

/** The true probabilities in fixed point, for finite logits. */
export function exactSoftmax(logits: Float32Array): bigint[] {
  const fixed = Array.from(logits, toFixed);
  const largest = fixed.reduce((most, each) => (each > most ? each : most));
  // Below e^-1000 nothing reaches the smallest double.
  const weights = fixed.map((each) => (each - largest < -1_000n * ONE ? 0n : exactExp(each - largest)));
  const total = weights.reduce((sum, each) => sum + each);
  return weights.map((weight) => (weight << FRACTION_BITS) / total);
}

/** How many double ULP a computed value lies from the true one, in steps of the computed value's own spacing. */
export function errorInUlp(computed: number, exact: bigint): number {
  const exponent = Math.max(-1_022, Math.floor(Math.log2(computed || Number.MIN_VALUE)));
  const ulp = toFixed(2 ** Math.max(-1_074, exponent - 52));
  const error = toFixed(computed) - exact;
  return Number(((error < 0n ? -error : error) * 1_000_000n) / ulp) / 1_000_000;
}
