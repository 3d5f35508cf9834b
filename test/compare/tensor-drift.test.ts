import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measureTensorDrift } from "#core/verdicts/tensor-drift.ts";
import { bytesPerElement, isElementType, type ElementType, type TensorValue } from "#core/tensors/tensor-value.ts";

const TYPES = [
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
] as const;

function tensor(type: ElementType, words: readonly bigint[], dims: readonly number[] = [words.length]): TensorValue {
  const size = bytesPerElement(type);
  const bytes = new Uint8Array(words.length * size);
  words.forEach((word, index) => {
    for (let byte = 0; byte < size; byte++) bytes[index * size + byte] = Number((word >> BigInt(8 * byte)) & 255n);
  });
  return { type, dims, bytes };
}

const FORMATS = {
  float16: { bits: 16, exponent: 5 },
  bfloat16: { bits: 16, exponent: 8 },
  float32: { bits: 32, exponent: 8 },
  float64: { bits: 64, exponent: 11 },
} as const;

/** The value of a float's bits from the definition of the format alone, or null for what is not finite. */
function value(type: keyof typeof FORMATS, word: bigint): number | null {
  const { bits, exponent } = FORMATS[type];
  const fractionBits = bits - exponent - 1;
  const sign = word >> BigInt(bits - 1) ? -1 : 1;
  const power = Number((word >> BigInt(fractionBits)) & ((1n << BigInt(exponent)) - 1n));
  const fraction = Number(word & ((1n << BigInt(fractionBits)) - 1n)) / 2 ** fractionBits;
  const bias = 2 ** (exponent - 1) - 1;
  if (power === 2 ** exponent - 1) return null;
  return sign * (power === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (power - bias));
}

/** Counts neighbours: how many values of the format lie from one to the other, -0 and +0 being one place. */
function steps(type: keyof typeof FORMATS, left: bigint, right: bigint): number {
  const signBit = 1n << BigInt(FORMATS[type].bits - 1);
  const place = (word: bigint): bigint => (word & signBit ? -(word & (signBit - 1n)) : word);
  const apart = place(left) - place(right);
  return Number(apart < 0n ? -apart : apart);
}

const pairs = (type: ElementType) => {
  const word = fc.bigInt({ min: 0n, max: (1n << BigInt(8 * bytesPerElement(type))) - 1n });
  const near = fc.tuple(word, fc.integer({ min: -3, max: 3 })).map(([left, by]): [bigint, bigint] => {
    const most = (1n << BigInt(8 * bytesPerElement(type))) - 1n;
    const right = left + BigInt(by);
    return [left, right < 0n ? 0n : right > most ? most : right];
  });
  return fc.array(fc.oneof(near, fc.tuple(word, word)), { minLength: 1, maxLength: 20 });
};

describe("floats of every width", () => {
  it.each(["float16", "bfloat16", "float32", "float64"] as const)("measures %s in its own steps", (type) => {
    fc.assert(
      fc.property(pairs(type), fc.nat(5), (words, ulp) => {
        const drift = measureTensorDrift(
          tensor(
            type,
            words.map(([left]) => left),
          ),
          tensor(
            type,
            words.map(([, right]) => right),
          ),
          { ulp },
        );
        const finite = words.filter(([left, right]) => value(type, left) !== null && value(type, right) !== null);
        const differing = words.filter(([left, right]) => left !== right);
        const apart = finite.map(([left, right]) => steps(type, left, right));
        expect(drift.differing).toBe(differing.length);
        expect(drift.finite).toBe(finite.length);
        expect(drift.nonFinite).toBe(words.length - finite.length);
        // Above 2^53, where only float64 gets, it is cut to a double.
        expect(Math.abs(drift.maxUlp - Math.max(0, ...apart))).toBeLessThanOrEqual(drift.maxUlp * 2 ** -52);
        if (type !== "float64") expect(drift.maxUlp).toBe(Math.max(0, ...apart));
        expect(drift.maxAbs).toBe(
          Math.max(0, ...finite.map(([left, right]) => Math.abs(value(type, left)! - value(type, right)!))),
        );
        const passes = finite.filter(([left, right]) => left !== right && steps(type, left, right) <= ulp).length;
        expect(drift.beyond).toBe(differing.length - passes);
      }),
    );
  });

  it("distinguishes -0 from +0, at distance 0", () => {
    expect(measureTensorDrift(tensor("float16", [0n]), tensor("float16", [0x8000n]), null)).toMatchObject({
      differing: 1,
      beyond: 1,
      maxUlp: 0,
    });
    expect(measureTensorDrift(tensor("float16", [0n]), tensor("float16", [0x8000n]), { abs: 0 })).toMatchObject({
      differing: 1,
      beyond: 0,
    });
  });

  it("lets no tolerance pass a NaN with another payload, or an infinity", () => {
    const loose = { abs: 1e300, rel: 1e300, ulp: 2 ** 31 - 1 };
    expect(measureTensorDrift(tensor("float16", [0x7e00n]), tensor("float16", [0x7e01n]), loose)).toMatchObject({
      beyond: 1,
      differingNonFinite: 1,
    });
    expect(measureTensorDrift(tensor("float64", [0x7ffn << 52n]), tensor("float64", [0n]), loose)).toMatchObject({
      beyond: 1,
    });
  });
});

describe("integers", () => {
  const signed = (type: string, word: bigint): bigint =>
    type.startsWith("int") ? BigInt.asIntN(Number(type.slice(3)), word) : word;

  it.each(TYPES.filter((type) => !type.includes("float")))(
    "measures %s exactly and lets only an absolute bound pass",
    (type) => {
      fc.assert(
        fc.property(pairs(type), fc.nat(4), (words, abs) => {
          const [left, right] = [
            tensor(
              type,
              words.map(([each]) => each),
            ),
            tensor(
              type,
              words.map(([, each]) => each),
            ),
          ];
          const apart = words
            .map(([a, b]) => signed(type, a) - signed(type, b))
            .map((each) => (each < 0n ? -each : each));
          const exact = measureTensorDrift(left, right, { rel: 1e300, ulp: 2 ** 31 - 1 });
          expect(exact.differing).toBe(apart.filter((each) => each > 0n).length);
          expect(exact.beyond).toBe(exact.differing);
          expect(exact.finite).toBe(words.length);
          const most = apart.reduce((max, each) => (each > max ? each : max), 0n);
          // Above 2^53 it is rounded to a double.
          expect(Math.abs(exact.maxAbs - Number(most))).toBeLessThanOrEqual(Number(most) * 2 ** -52);
          expect(measureTensorDrift(left, right, { abs }).beyond).toBe(
            apart.filter((each) => each > BigInt(abs)).length,
          );
        }),
      );
    },
  );

  it("sees one unit in an int64 that no double can distinguish", () => {
    const [left, right] = [2n ** 60n, 2n ** 60n + 1n];
    expect(measureTensorDrift(tensor("int64", [left]), tensor("int64", [right]), null)).toMatchObject({
      differing: 1,
      maxAbs: 1,
      maxUlp: 1,
    });
  });
});

describe("tensors that are not alike", () => {
  it("differ in every element, at any tolerance", () => {
    const loose = { abs: 1e300 };
    const row = tensor("float32", [0n, 0n]);
    expect(measureTensorDrift(row, { ...row, dims: [1, 2] }, loose)).toMatchObject({
      differing: 2,
      beyond: 2,
      finite: 0,
    });
    expect(measureTensorDrift(row, tensor("int32", [0n, 0n]), loose)).toMatchObject({ differing: 2, beyond: 2 });
    expect(measureTensorDrift(row, tensor("float32", [], [0]), loose)).toMatchObject({ differing: 2, beyond: 2 });
    expect(measureTensorDrift(tensor("float32", [], [0, 2]), tensor("float32", [], [0]), loose)).toMatchObject({
      differing: 1,
      beyond: 1,
    });
  });

  it("are all of the types that isobit compares", () => {
    for (const type of TYPES) expect(isElementType(type)).toBe(true);
  });
});
