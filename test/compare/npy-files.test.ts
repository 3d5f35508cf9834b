import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base64 } from "@scure/base";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNpy, openNpz } from "#library/inputs/array-file.ts";
import { npyDataBytes, readNpyHeader, rowMajor } from "#library/inputs/npy-format.ts";

/** Written by NumPy 2.4 itself: numpy.lib.format.write_array, in the version that the name says. */
const NUMPY = {
  "float32 C order":
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPwAAAEAAAEBAAACAQAAAoEA=",
  "int64 Fortran order":
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAMAAAAAAAAAAQAAAAAAAAAEAAAAAAAAAAIAAAAAAAAABQAAAAAAAAA=",
  "float64 scalar":
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAEQA==",
  "uint8 version 2":
    "k05VTVBZAgB0AAAAeydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQI=",
  "bool version 3":
    "k05VTVBZAwB0AAAAeydkZXNjcic6ICd8YjEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==",
  "float16 empty":
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=",
  "big-endian":
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAP4AAAEAAAAA=",
  records:
    "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxmNCcpLCAoJ2InLCAnPGk0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAA",
  complex64:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGM4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAA",
  strings:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPFUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAYgAAAA==",
} as const;

/** numpy.savez_compressed(ids=[[1, 2], [3, 4]] int64, mask=[[true, false], [false, true]]) */
const NPZ =
  "UEsDBC0AAAAIAAAAIQCgREtb//////////8HABQAaWRzLm5weQEAEACgAAAAAAAAAFIAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKRpo6CrUKZAMuRgYIYILSzFCaBUoDAFBLAwQtAAAACAAAACEAu+RMrf//////////CAAUAG1hc2subnB5AQAQAIQAAAAAAAAASgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgpGmjoKtQpkAy5GBgZGAFBLAQItAy0AAAAIAAAAIQCgREtbUgAAAKAAAAAHAAAAAAAAAAAAAACAAQAAAABpZHMubnB5UEsBAi0DLQAAAAgAAAAhALvkTK1KAAAAhAAAAAgAAAAAAAAAAAAAAIABiwAAAG1hc2subnB5UEsFBgAAAAACAAIAawAAAA8BAAAAAA==";

function array(name: keyof typeof NUMPY): { type: string; shape: readonly number[]; bytes: Uint8Array } {
  const file = base64.decode(NUMPY[name]);
  const header = readNpyHeader(file);
  expect(file.length).toBe(header.offset + npyDataBytes(header));
  return { type: header.type, shape: header.shape, bytes: rowMajor(header, file.subarray(header.offset)) };
}

describe("arrays that NumPy wrote", () => {
  it("reads C order", () => {
    const { type, shape, bytes } = array("float32 C order");
    expect({ type, shape }).toEqual({ type: "float32", shape: [2, 3] });
    expect([...new Float32Array(bytes.slice().buffer)]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("turns Fortran's order into C's", () => {
    const { type, shape, bytes } = array("int64 Fortran order");
    expect({ type, shape }).toEqual({ type: "int64", shape: [2, 3] });
    expect([...new BigInt64Array(bytes.slice().buffer)]).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
  });

  it("reads a scalar, an empty array and every version", () => {
    expect([...new Float64Array(array("float64 scalar").bytes.slice().buffer)]).toEqual([2.5]);
    expect(array("float64 scalar").shape).toEqual([]);
    expect(array("float16 empty")).toMatchObject({ type: "float16", shape: [0, 3] });
    expect(array("uint8 version 2")).toMatchObject({ type: "uint8", shape: [3] });
    expect(array("bool version 3")).toMatchObject({ type: "bool", shape: [2] });
  });

  it.each([
    ["big-endian", /big-endian/],
    ["records", /named fields/],
    ["complex64", /c8, which no ONNX tensor/],
    ["strings", /U2, which no ONNX tensor/],
  ] as const)("refuses %s", (name, sentence) => {
    expect(() => array(name)).toThrow(sentence);
  });
});

/** As numpy.lib.format documents it, written independently of the reader. */
function npy(descr: string, fortran: boolean, shape: readonly number[], data: Uint8Array, major = 1): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${tuple}, }`;
  const start = major === 1 ? 10 : 12;
  const padded = text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1, " ") + "\n";
  const file = new Uint8Array(start + padded.length + data.length);
  file.set([0x93, ...new TextEncoder().encode("NUMPY"), major, 0]);
  const view = new DataView(file.buffer);
  if (major === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  file.set(new TextEncoder().encode(padded), start);
  file.set(data, start + padded.length);
  return file;
}

const SIZES = {
  "|i1": 1,
  "|u1": 1,
  "|b1": 1,
  "<f2": 2,
  "<i2": 2,
  "<f4": 4,
  "<u4": 4,
  "<f8": 8,
  "<i8": 8,
  "<u8": 8,
} as const;

describe("any array", () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  const kinds = fc.constantFrom(...(Object.keys(SIZES) as (keyof typeof SIZES)[]));

  it("gives back what was written, regardless of its type, shape, order and version", () => {
    fc.assert(
      fc.property(
        kinds,
        shapes,
        fc.boolean(),
        fc.constantFrom(1, 2, 3),
        fc.infiniteStream(fc.nat(255)),
        (kind, shape, fortran, major, noise) => {
          const elements = shape.reduce((product, dim) => product * dim, 1);
          const size = SIZES[kind];
          const data = Uint8Array.from({ length: elements * size }, () => noise.next().value as number);
          const stored = fortran ? fortranOrder(data, shape, size) : data;
          const file = npy(kind, fortran, shape, stored, major);
          const header = readNpyHeader(file);
          expect(header.shape).toEqual(shape);
          expect(rowMajor(header, file.subarray(header.offset))).toEqual(data);
        },
      ),
    );
  });

  it("never reads a damaged header as something else", () => {
    const whole = npy("<f4", false, [2, 3], new Uint8Array(24));
    const headerLength = whole.length - 24;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: headerLength - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = whole.slice();
        damaged[at] = damaged[at]! ^ flip;
        let header;
        try {
          header = readNpyHeader(damaged);
        } catch (error) {
          expect((error as Error).message).toMatch(/^\S.*\.$/s);
          return;
        }
        // What is still read is an array of a known type whose shape has two whole numbers, or a harmless blank.
        expect(header.shape.every(Number.isSafeInteger)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("refuses a header of another program", () => {
    const text = (dictionary: string): Uint8Array => {
      const file = npy("<f4", false, [1], new Uint8Array(4));
      const header = `${dictionary}\n`;
      file.fill(0x20, 10, file.length - 4);
      file.set(new TextEncoder().encode(header), 10);
      return file;
    };
    for (const dictionary of [
      "{'descr': '<f4', 'fortran_order': False}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': [1]}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os'),)}",
      "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}",
      "nothing",
    ])
      expect(() => readNpyHeader(text(dictionary)), dictionary).toThrow();
  });
});

function fortranOrder(data: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(data.length);
  const elements = shape.reduce((product, dim) => product * dim, 1);
  for (let from = 0; from < elements; from++) {
    let rest = from;
    const index = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    let to = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) to = to * shape[axis]! + index[axis]!;
    out.set(data.subarray(from * size, (from + 1) * size), to * size);
  }
  return out;
}

describe("files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-npy-"));
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  it("reads any stretch of an .npy file", async () => {
    const path = join(folder, "a.npy");
    await writeFile(path, base64.decode(NUMPY["float32 C order"]));
    const opened = await openNpy(path);
    expect([...new Float32Array((await opened.read(2, 3)).slice().buffer)]).toEqual([2, 3, 4]);
    await opened.close();
  });

  it("reads what numpy.savez_compressed wrote", async () => {
    const path = join(folder, "a.npz");
    await writeFile(path, base64.decode(NPZ));
    const arrays = await openNpz(path);
    expect([...arrays.keys()]).toEqual(["ids", "mask"]);
    expect([...new BigInt64Array((await arrays.get("ids")!.read(0, 4)).slice().buffer)]).toEqual([1n, 2n, 3n, 4n]);
    expect([...(await arrays.get("mask")!.read(1, 3))]).toEqual([0, 0, 1]);
  });

  it("names a file that is cut short, longer than it states, missing or not an archive", async () => {
    const whole = base64.decode(NUMPY["float32 C order"]);
    const write = async (name: string, bytes: Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), bytes);
      return join(folder, name);
    };
    await expect(openNpy(await write("short.npy", whole.subarray(0, -1)))).rejects.toThrow(
      /short\.npy: Its header promises 152 bytes \(float32 \[2, 3\]\), but it has 151\./,
    );
    await expect(openNpy(await write("long.npy", new Uint8Array([...whole, 0])))).rejects.toThrow(/but it has 153/);
    await expect(openNpy(await write("head.npy", whole.subarray(0, 40)))).rejects.toThrow(
      /cut short within its header/,
    );
    await expect(openNpy(join(folder, "none.npy"))).rejects.toThrow(/none\.npy/);
    await expect(openNpz(await write("no.npz", whole))).rejects.toThrow(/no\.npz/);
  });
});
