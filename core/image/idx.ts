const UINT8_TYPE_CODE = 8;
const HEADER_WORD_BYTES = 4;

/** Bytes before the data of an IDX file with this many dimensions. */
export function idxHeaderBytes(rank: number): number {
  return HEADER_WORD_BYTES * (1 + rank);
}

/**
 * An IDX file of unsigned bytes, MNIST's format: 00 00 08 <rank>, one big-endian uint32 per dimension, then the bytes.
 * @throws Error for another header, or another number of bytes than the header states
 */
export function parseIdx(file: Uint8Array, rank: number): { shape: number[]; bytes: Uint8Array } {
  return { shape: idxShape(file, file.length, rank), bytes: file.subarray(idxHeaderBytes(rank)) };
}

/**
 * The shape that the header of such a file states.
 * @param start the file, or its first idxHeaderBytes(rank) bytes
 * @param fileBytes length of the whole file
 * @throws Error as parseIdx does
 */
export function idxShape(start: Uint8Array, fileBytes: number, rank: number): number[] {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length < idxHeaderBytes(rank) || view.getUint32(0) !== UINT8_TYPE_CODE * 256 + rank)
    throw new Error(`This is not an IDX file of unsigned bytes with ${rank} dimension${rank === 1 ? "" : "s"}.`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(HEADER_WORD_BYTES * (1 + axis)));
  const expected = shape.reduce((product, length) => product * length, 1);
  const found = fileBytes - idxHeaderBytes(rank);
  if (found !== expected)
    throw new Error(`The IDX header states ${expected} bytes (${shape.join(" x ")}), but ${found} follow it.`);
  return shape;
}
