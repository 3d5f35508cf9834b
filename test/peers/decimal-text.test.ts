import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32Text } from "#core/tensors/float-text.ts";
import { numeralsOf, parseKeepingNumbers } from "#core/peers/json-text.ts";
import { decimalVector } from "#core/peers/rounding.ts";

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const VECTOR = { minLength: 1, maxLength: 12 } as const;

/** Which elements of a vector are equal to the text, element by element. */
function equalities(numerals: readonly string[], values: readonly number[]): boolean[] {
  const text = decimalVector(numerals);
  return values.map((value, index) => text.equals(index, value));
}

describe("the shortest text of a float32", () => {
  it("reads back as the same bits, sign of zero included", () => {
    fc.assert(
      fc.property(float, (value) => {
        const text = float32Text(value);
        expect(Object.is(Math.fround(JSON.parse(text) as number), value)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    [0.1, "0.1"],
    [1 / 3, "0.33333334"],
    [16_777_216, "16777216"],
    [-0, "-0.0"],
    [1e-45, "1e-45"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [9.5367431640625e-7, "9.536743e-7"],
  ])("of %d is %s", (value, text) => {
    expect(float32Text(Math.fround(value))).toBe(text);
  });

  it("is not there for NaN and infinities", () => {
    for (const value of [NaN, Infinity, -Infinity]) expect(() => float32Text(value)).toThrow(RangeError);
  });
});

describe("a number and the text that it was rounded to", () => {
  it("are equal, however the writer rounds: to places, to digits, to float32 or not at all", () => {
    const writers = fc.constantFrom<(value: number) => string>(
      (value) => value.toFixed(4),
      (value) => String(Number(value.toFixed(6))),
      (value) => value.toFixed(12),
      (value) => value.toPrecision(6),
      (value) => String(Number(value.toPrecision(9))),
      (value) => float32Text(Math.fround(value)),
      String,
    );
    fc.assert(
      fc.property(fc.array(probability, VECTOR), writers, (values, write) => {
        expect(equalities(values.map(write), values)).not.toContain(false);
      }),
      { numRuns: 3000 },
    );
  });

  it("are equal for float32 logits in their shortest text, and no longer a ten-thousandth away", () => {
    const logit = fc.double({ min: 1e-3, max: 1e3, noNaN: true }).map(Math.fround);
    fc.assert(
      fc.property(fc.array(logit, VECTOR), (some) => {
        // One element that needs all its digits shows how exactly the others were written.
        const values = [...some, Math.fround(1 / 3)];
        const numerals = values.map(float32Text);
        expect(equalities(numerals, values)).not.toContain(false);
        expect(
          equalities(
            numerals,
            values.map((value) => value * 1.0001),
          ),
        ).not.toContain(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("are not equal if they differ by one unit in the last place", () => {
    fc.assert(
      fc.property(fc.array(probability, VECTOR), fc.integer({ min: 4, max: 9 }), (values, places) => {
        const numerals = [...values.map((value) => value.toFixed(places)), (1 / 3).toFixed(places)];
        const beyond = numerals.map((numeral) => Number(numeral) + 1.01 * 10 ** -places);
        // 1.0000 has more digits than the rest, so that no digit of it is beyond the vector's.
        expect(equalities(numerals, beyond)).not.toContain(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, string[], number[], boolean[]]>([
    ["half a unit is the border", ["0.1235", "0.5000"], [0.12345, 0.49995], [true, true]],
    ["beyond it is another text", ["0.1235", "0.5000"], [0.123449, 0.499949], [false, false]],
    ["trailing zeros may be missing", ["0.5", "0.123456"], [0.5000004, 0.123456], [true, true]],
    ["a short numeral among long ones is exact", ["0.5", "0.123456"], [0.500001, 0.123456], [false, true]],
    ["a saturated softmax is not a rounded one", ["1", "0"], [0.97, 0.03], [false, false]],
    ["nor with a point", ["1.0", "0.0"], [0.97, 0.03], [false, false]],
    ["nor next to a tiny one", ["1.0", "3.2e-31", "0.0"], [0.97, 3.2e-31, 0.03], [false, true, false]],
    ["-0 and 0 are one number", ["-0.0", "0"], [0, -0], [true, true]],
    ["exponents are read", ["1e-7", "2.5E+1"], [1e-7, 25], [true, true]],
    ["large numbers have no places", ["1.23457e10", "1.5"], [12345678901, 1.5], [true, true]],
    ["not finite is never equal", ["1", "0.5", "0.25"], [NaN, Infinity, -Infinity], [false, false, false]],
  ])("%s", (_what, numerals, values, expected) => {
    expect(equalities(numerals, values)).toEqual(expected);
  });

  it.each(["", "NaN", "Infinity", "01", "1.", ".5", "+1", "0x1", "1e999", "1e-999", `0.${"1".repeat(80)}`])(
    "refuses %j as a numeral",
    (text) => {
      expect(() => decimalVector([text])).toThrow(RangeError);
    },
  );
});

describe("JSON whose numbers keep their text", () => {
  it("gives the characters that stood there, nested or not", () => {
    const body = parseKeepingNumbers('{"data":[[1.50,-0.0],[1e-7,12345678901234567890]]}') as { data: unknown };
    expect(numeralsOf(body.data)).toEqual(["1.50", "-0.0", "1e-7", "12345678901234567890"]);
  });

  it.each(['[1,"2"]', "[1,null]", "[[1],[true]]", "{}", "1", '"1"'])("holds %s for no list of numbers", (text) => {
    expect(numeralsOf(parseKeepingNumbers(text))).toBeNull();
  });

  it("is JSON.parse in everything else", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const plain = JSON.parse(JSON.stringify(parseKeepingNumbers(text)), (_key, value: unknown) =>
          typeof value === "object" && value !== null && Object.keys(value).join() === "text"
            ? Number((value as { text: string }).text)
            : value,
        ) as unknown;
        expect(plain).toEqual(JSON.parse(text));
      }),
    );
  });
});
