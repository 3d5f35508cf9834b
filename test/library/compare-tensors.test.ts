import { Tensor } from "onnxruntime-node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyTensor, bitsToHex, compareTensors, hexToValue } from "#core/index.ts";

const NAN_PAYLOADS = new Float32Array(Uint32Array.of(0x7fc0_0000, 0x7fc0_0001).buffer);

describe("compareTensors", () => {
  it("names the first and the worst differing element with their values and bits", () => {
    const result = compareTensors(Float32Array.of(1, 2, 3, -0), Float32Array.of(1, 2.0000002384185791, 3.5, 0));
    expect(result).toMatchObject({
      verdict: "DRIFT",
      sameShape: true,
      elements: 4,
      differingElements: 3,
      beyondTolerance: 3,
      nonFiniteElements: 0,
      maxAbs: 0.5,
      maxUlp: 2_097_152,
    });
    expect(result.first).toEqual({
      index: 1,
      reference: { value: 2, bits: "0x40000000" },
      other: { value: 2.000000238418579, bits: "0x40000001" },
      abs: 2.384185791015625e-7,
      ulp: 1,
    });
    expect(result.worst).toMatchObject({ index: 2, abs: 0.5, ulp: 2_097_152 });
  });

  it("finds equal bits IDENTICAL, NaN with its payload included, and -0 and +0 different", () => {
    const same = compareTensors(NAN_PAYLOADS, NAN_PAYLOADS.slice());
    expect(same).toMatchObject({ verdict: "IDENTICAL", differingElements: 0, first: null, worst: null, maxUlp: null });
    const payloads = compareTensors(NAN_PAYLOADS.subarray(0, 1), NAN_PAYLOADS.subarray(1), { tolerance: { ulp: 9 } });
    expect(payloads).toMatchObject({ verdict: "DRIFT", nonFiniteElements: 1, worst: { abs: null, ulp: null } });
    const zeros = compareTensors(Float32Array.of(0), Float32Array.of(-0));
    expect(zeros).toMatchObject({ verdict: "DRIFT", maxUlp: 0, first: { other: { value: -0, bits: "0x80000000" } } });
  });

  it("lets a difference pass within any one of the bounds", () => {
    const [left, right] = [Float32Array.of(100), Float32Array.of(100.5)];
    const verdict = (tolerance: object): string => compareTensors(left, right, { tolerance }).verdict;
    expect(verdict({ abs: 0.5 })).toBe("WITHIN_TOLERANCE");
    expect(verdict({ rel: 0.005 })).toBe("WITHIN_TOLERANCE");
    expect(verdict({ abs: 0.4, rel: 0.001, ulp: 65_536 })).toBe("WITHIN_TOLERANCE");
    expect(verdict({ abs: 0.4, rel: 0.004, ulp: 65_535 })).toBe("DRIFT");
  });

  it.each<[string, AnyTensor, AnyTensor, string | number]>([
    ["float64", Float64Array.of(1), Float64Array.of(1 + 2 ** -52), "0x3ff0000000000001"],
    ["float16", f16(0x3c00), f16(0x3c01), "0x3c01"],
    ["bfloat16", bf16(0x3f80), bf16(0x3f81), "0x3f81"],
    ["int64", BigInt64Array.of(2n ** 62n), BigInt64Array.of(2n ** 62n + 1n), "0x4000000000000001"],
    ["uint64", BigUint64Array.of(2n ** 64n - 2n), BigUint64Array.of(2n ** 64n - 1n), "0xffffffffffffffff"],
    ["int32", Int32Array.of(-1), Int32Array.of(0), "0x00000000"],
    ["int8", Int8Array.of(-127), Int8Array.of(-128), "0x80"],
    ["bool", bool(0), bool(1), "0x01"],
  ])("measures %s in steps of its own", (_type, left, right, bits) => {
    const result = compareTensors(left, right);
    expect(result).toMatchObject({ verdict: "DRIFT", differingElements: 1, maxUlp: 1, worst: { other: { bits } } });
    expect(compareTensors(left, left).verdict).toBe("IDENTICAL");
  });

  it("keeps all digits of 64-bit integers", () => {
    const { worst } = compareTensors(BigInt64Array.of(2n ** 62n), BigInt64Array.of(2n ** 62n + 1n));
    expect(worst?.other.value).toBe(4_611_686_018_427_387_905n);
  });

  it("takes ONNX Runtime's tensors, and gives an array alone the shape of the tensor next to it", () => {
    const tensor = new Tensor("float32", Float32Array.of(1, 2, 3, 4), [1, 2, 2]);
    expect(compareTensors(tensor, tensor)).toMatchObject({ verdict: "IDENTICAL", sameShape: true, elements: 4 });
    expect(compareTensors(tensor, Float32Array.of(1, 2, 3, 4)).sameShape).toBe(true);
    expect(compareTensors(Uint16Array.of(0x3c00), f16(0x3c00)).verdict).toBe("IDENTICAL");
    const flat = new Tensor("float32", Float32Array.of(1, 2, 3, 4), [4]);
    expect(compareTensors(tensor, flat)).toMatchObject({
      verdict: "DRIFT",
      sameShape: false,
      differingElements: 4,
      maxAbs: null,
      first: null,
    });
  });

  it("sees elements and not their memory: views into a larger buffer, arrays of another context", () => {
    const shared = Float32Array.of(9, 1, 2, 9);
    expect(compareTensors(shared.subarray(1, 3), Float32Array.of(1, 2)).verdict).toBe("IDENTICAL");
    expect(compareTensors(Buffer.from([1, 2]), Uint8Array.of(1, 2)).verdict).toBe("IDENTICAL");
  });

  it("finds two empty tensors of one shape IDENTICAL, and of other shapes not", () => {
    const empty = { type: "float32", dims: [0, 3], data: new Float32Array() };
    expect(compareTensors(empty, empty).verdict).toBe("IDENTICAL");
    expect(compareTensors(empty, { ...empty, dims: [3, 0] }).verdict).toBe("DRIFT");
  });

  it.each<[string, unknown, RegExp]>([
    ["text", new Tensor("string", ["a"], [1]), /The reference is of type "string"/],
    ["an array of another type", { type: "float32", dims: [1], data: Float64Array.of(1) }, /holds float32 in Float64/],
    ["too few elements", { type: "float32", dims: [2, 2], data: Float32Array.of(1) }, /\[2, 2\], 4 elements.*has 1/],
    ["a negative dim", { type: "float32", dims: [-1], data: Float32Array.of(1) }, /dims \[-1\]/],
    ["numbers without a type", { type: "float32", dims: [1], data: [1] }, /holds float32 in Array/],
    ["a view without elements", new DataView(new ArrayBuffer(4)), /is DataView/],
  ])("refuses %s", (_what, given, message) => {
    expect(() => compareTensors(given as AnyTensor, Float32Array.of(1))).toThrow(
      expect.objectContaining({ name: "IsobitError", code: "BAD_INPUT", message: expect.stringMatching(message) }),
    );
  });

  it("refuses a tolerance below 0 or not finite", () => {
    for (const abs of [-1, NaN, Infinity])
      expect(() => compareTensors(Float32Array.of(1), Float32Array.of(1), { tolerance: { abs } })).toThrow(
        expect.objectContaining({ code: "BAD_INPUT" }),
      );
  });

  it("names a worst element whose ULP distance is the maximum, and a first with no differing one before it", () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff });
    const words = fc.array(fc.tuple(word, word, fc.boolean()), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, (pairs) => {
        const left = new Float32Array(Uint32Array.from(pairs, ([a]) => a).buffer);
        const right = new Float32Array(Uint32Array.from(pairs, ([a, b, same]) => (same ? a : b)).buffer);
        const { first, worst, maxUlp, differingElements } = compareTensors(left, right);
        const differs = pairs.map(([a, b, same]) => !same && a !== b);
        expect(differingElements).toBe(differs.filter(Boolean).length);
        expect(first?.index ?? -1).toBe(differs.indexOf(true));
        if (worst !== null && worst.ulp !== null) expect(worst.ulp).toBe(maxUlp);
        for (const shown of [first, worst])
          if (shown !== null && !Number.isNaN(shown.other.value)) {
            expect(hexToValue(shown.other.bits)).toBe(shown.other.value);
            expect(bitsToHex(shown.other.value)).toBe(shown.other.bits);
          }
      }),
    );
  });
});

function f16(bits: number): AnyTensor {
  return { type: "float16", dims: [1], data: Uint16Array.of(bits) };
}

function bf16(bits: number): AnyTensor {
  return { type: "bfloat16", dims: [1], data: Uint16Array.of(bits) };
}

function bool(value: number): AnyTensor {
  return { type: "bool", dims: [1], data: Uint8Array.of(value) };
}
