const UINT8_TYPE_CODE = 8;
const HEADER_WORD_BYTES = 4;

/**
 * An IDX file of unsigned bytes, MNIST's own format: 00 00 08 <rank>, one big-endian uint32 a dimension, then the bytes.
 * @throws Error where the header says something else or the bytes are not as many as it says
 */
export function parseIdx(file: Uint8Array, rank: number): { shape: number[]; bytes: Uint8Array } {
  const headerBytes = HEADER_WORD_BYTES * (1 + rank);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < headerBytes || view.getUint32(0) !== UINT8_TYPE_CODE * 256 + rank)
    throw new Error(`This is not an IDX file of unsigned bytes with ${rank} dimension${rank === 1 ? "" : "s"}.`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(HEADER_WORD_BYTES * (1 + axis)));
  const expected = shape.reduce((product, length) => product * length, 1);
  const bytes = file.subarray(headerBytes);
  if (bytes.length !== expected)
    throw new Error(`The IDX header promises ${expected} bytes (${shape.join(" x ")}), but ${bytes.length} follow it.`);
  return { shape, bytes };
}
