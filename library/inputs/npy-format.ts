import { bytesPerElement, elementsOf, type ElementType } from "#core/tensors/tensor-value.ts";

/** What the header of an .npy file says. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Elements are in Fortran's order: the first index runs fastest. */
  readonly fortran: boolean;
  /** Where the elements start. */
  readonly offset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** A header of ordinary arrays has some hundred bytes; numpy itself refuses above 10,000. */
export const MAX_HEADER_BYTES = 16_384;

const TYPES: Readonly<Record<string, ElementType>> = Object.freeze({
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  b1: "bool",
});

/**
 * Reads the header of NumPy's own format (NEP 1; numpy.lib.format, versions 1.0, 2.0 and 3.0), strictly: what it does
 * not know it refuses, for a guess would feed other numbers.
 * @param bytes the file, or its first MAX_HEADER_BYTES
 * @throws Error with a sentence
 */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) throw new Error("It is not in NumPy's .npy format.");
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (![1, 2, 3].includes(major) || minor !== 0)
    throw new Error(`Its .npy version is ${major}.${minor}; isobit reads 1.0, 2.0 and 3.0.`);
  const wide = major > 1;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw cutShort();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offset = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (offset > MAX_HEADER_BYTES) throw new Error(`Its header has ${offset} bytes, which no plain array needs.`);
  if (offset > bytes.length) throw cutShort();
  // Only version 3 may hold more than Latin-1, in field names that are refused below.
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, offset));
  return { ...readDictionary(text), offset };
}

/** As many bytes as the elements take. */
export function npyDataBytes({ type, shape }: NpyHeader): number {
  return elementsOf(shape) * bytesPerElement(type);
}

/** The elements in C's order: the last index runs fastest. */
export function rowMajor({ type, shape, fortran }: NpyHeader, data: Uint8Array): Uint8Array {
  if (!fortran || shape.length < 2) return data;
  const size = bytesPerElement(type);
  const ordered = new Uint8Array(data.length);
  const steps = shape.map((_, axis) => elementsOf(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  for (let to = 0, elements = elementsOf(shape); to < elements; to++) {
    const from = index.reduce((sum, at, axis) => sum + at * steps[axis]!, 0);
    for (let byte = 0; byte < size; byte++) ordered[to * size + byte] = data[from * size + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return ordered;
}

/** The Python dictionary that numpy writes, with exactly its three keys in any order; other Python syntax is refused. */
function readDictionary(text: string): Omit<NpyHeader, "offset"> {
  const found = new Map<string, string>();
  const body = /^\s*\{(.*?),?\s*\}\s*$/s.exec(text)?.[1] ?? "";
  const entry = /\s*(?:'(\w+)'|"(\w+)")\s*:\s*('[^']*'|"[^"]*"|True|False|\([\d\s,L]*\)|\[.*\])\s*(?:,|$)/sy;
  let read = 0;
  while (read < body.length) {
    const match = entry.exec(body);
    const key = match?.[1] ?? match?.[2] ?? "";
    if (match === null || found.has(key)) throw unreadable(text);
    found.set(key, match[3] ?? "");
    read = entry.lastIndex;
  }
  const [descr, order, shape] = ["descr", "fortran_order", "shape"].map((key) => found.get(key));
  if (descr === undefined || order === undefined || shape === undefined || found.size !== 3) throw unreadable(text);
  if (!/^(True|False)$/.test(order) || !shape.startsWith("(")) throw unreadable(text);
  return { type: typeOf(descr), fortran: order === "True", shape: shapeOf(shape, text) };
}

function typeOf(descr: string): ElementType {
  const quotedType = /^['"](.*)['"]$/.exec(descr)?.[1];
  if (quotedType === undefined)
    throw new Error("It holds records with named fields; save each field as a separate array.");
  const [, order, kind] = /^([<>|=])(.*)$/.exec(quotedType) ?? [];
  const type = TYPES[kind ?? ""];
  if (type === undefined)
    throw new Error(
      `Its element type is ${quotedType}, which no ONNX tensor of numbers has. Known: ${Object.keys(TYPES).join(", ")}.`,
    );
  if (order === ">")
    throw new Error(`It is big-endian (${quotedType}). Save it as little-endian, e.g. array.astype("<${kind}").`);
  if (order === "|" && bytesPerElement(type) > 1)
    throw new Error(`Its element type ${quotedType} does not say the byte order. Save it again.`);
  return type;
}

/** "(3, 4)", "(3,)", "()"; Python 2 wrote a long as 3L. */
function shapeOf(tuple: string, text: string): readonly number[] {
  const inside = tuple.slice(1, -1).trim();
  if (inside === "") return [];
  const parts = inside.replace(/,\s*$/, "").split(",");
  const dims = parts.map((part) => (/^\s*\d+L?\s*$/.test(part) ? Number.parseInt(part, 10) : Number.NaN));
  if (parts.length === 1 && !inside.endsWith(",")) throw unreadable(text);
  if (dims.every(Number.isSafeInteger)) return dims;
  throw unreadable(text);
}

function unreadable(text: string): Error {
  return new Error(
    `Its header ${JSON.stringify(text.trim().slice(0, 120))} is none that numpy writes for a plain array.`,
  );
}

function cutShort(): Error {
  return new Error("It is cut short within its header.");
}
