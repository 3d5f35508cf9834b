/* Several arrays concatenated in new memory, and one split into rows. */

/** Every bit stays, NaN payloads too. */
export function joinedFloats(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  return filled(whole, parts);
}

export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  return filled(whole, parts);
}

/** Rows of this many elements, as views on the same memory. An incomplete last row is left out. */
export function rowsOf(floats: Float32Array, elements: number): Float32Array[] {
  return Array.from({ length: Math.floor(floats.length / elements) }, (_, row) =>
    floats.subarray(row * elements, (row + 1) * elements),
  );
}

function filled<Whole extends Float32Array | Uint8Array>(whole: Whole, parts: readonly ArrayLike<number>[]): Whole {
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
