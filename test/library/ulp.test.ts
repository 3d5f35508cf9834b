import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsToHex, type FloatType, hexToValue, nextDown, nextUp, ulpDistance } from "#core/index.ts";

const TYPES: readonly FloatType[] = ["float16", "bfloat16", "float32", "float64"];
const DIGITS = { float16: 4, bfloat16: 4, float32: 8, float64: 16 } as const;

/** Every bit pattern of a type alike. */
function valuesOf(type: FloatType): fc.Arbitrary<number> {
  const digits = DIGITS[type];
  return fc
    .bigInt({ min: 0n, max: 16n ** BigInt(digits) - 1n })
    .map((bits) => Number(hexToValue(`0x${bits.toString(16).padStart(digits, "0")}`, type)));
}

describe.each(TYPES)("%s", (type) => {
  it("has a distance of one step between a value and the next one", () => {
    fc.assert(
      fc.property(valuesOf(type), (value) => {
        const next = nextUp(value, type);
        if (Number.isNaN(value) || value === Infinity) {
          expect(next).toBe(value);
          return;
        }
        expect(next).toBeGreaterThan(value);
        expect(ulpDistance(value, next, type)).toBe(1);
        // By value: a step down from the smallest subnormal leads to +0 even where it came from -0.
        expect(nextDown(next, type) === value).toBe(true);
      }),
    );
  });

  it("writes bits in hex that read back as the same value", () => {
    fc.assert(
      fc.property(valuesOf(type), (value) => {
        expect(hexToValue(bitsToHex(value, type), type)).toBe(value);
        expect(bitsToHex(value, type)).toMatch(new RegExp(`^0x[0-9a-f]{${DIGITS[type]}}$`));
      }),
    );
  });

  it("counts steps alike in both directions, 0 between zeros, none from NaN", () => {
    fc.assert(
      fc.property(valuesOf(type), valuesOf(type), (left, right) => {
        expect(ulpDistance(left, right, type)).toBe(ulpDistance(right, left, type));
      }),
    );
    expect(ulpDistance(-0, 0, type)).toBe(0);
    expect(ulpDistance(NaN, 1, type)).toBeNaN();
  });
});

it("knows the ends of float32", () => {
  expect(nextUp(0)).toBe(2 ** -149);
  expect(nextUp(-0)).toBe(2 ** -149);
  expect(nextDown(0)).toBe(-(2 ** -149));
  expect(nextUp(-(2 ** -149))).toBe(-0);
  expect(nextUp(3.4028234663852886e38)).toBe(Infinity);
  expect(nextUp(-Infinity)).toBe(-3.4028234663852886e38);
  expect(ulpDistance(3.4028234663852886e38, Infinity)).toBe(1);
});

it("takes integers of every width", () => {
  expect(bitsToHex(-1n, "int64")).toBe("0xffffffffffffffff");
  expect(hexToValue("0xffffffffffffffff", "int64")).toBe(-1n);
  expect(hexToValue("0xffffffffffffffff", "uint64")).toBe(2n ** 64n - 1n);
  expect(bitsToHex(-1, "int8")).toBe("0xff");
  expect(hexToValue("0xff", "uint8")).toBe(255);
  expect(bitsToHex(5n, "int32")).toBe("0x00000005");
  expect(bitsToHex(1, "bool")).toBe("0x01");
  expect(ulpDistance(2n ** 62n, 2n ** 62n + 3n, "int64")).toBe(3);
});

it.each([
  ["0.1 as float32", () => bitsToHex(0.1), "0.1 is not a value of float32. Round it first, e.g. with Math.fround."],
  ["1e39 as float32", () => nextUp(1e39), "1e+39 is not a value of float32"],
  ["2049 as float16", () => ulpDistance(2049, 1, "float16"), "2049 is not a value of float16"],
  ["1.0001 as bfloat16", () => bitsToHex(1.0001, "bfloat16"), "1.0001 is not a value of bfloat16"],
  ["1.5 as int32", () => bitsToHex(1.5, "int32"), "1.5 is not a value of int32"],
  ["200 as int8", () => bitsToHex(200, "int8"), "200 is not a value of int8"],
  ["-1 as uint64", () => bitsToHex(-1n, "uint64"), "-1 is not a value of uint64"],
  ["2 as bool", () => bitsToHex(2, "bool"), "2 is not a value of bool"],
  ["a large bigint as float64", () => bitsToHex(2n ** 53n + 1n, "float64"), "is not a value of float64"],
  ["three digits as float32", () => hexToValue("0x3f8"), '"0x3f8" is not 0x followed by 8 hex digits'],
  ["a word as hex", () => hexToValue("0xquiteodd"), "is not 0x followed by 8 hex digits"],
])("refuses %s, since nothing is rounded", (_name, call, message) => {
  expect(call).toThrow(expect.objectContaining({ code: "BAD_INPUT", message: expect.stringContaining(message) }));
});
