/** An .npy file in C's order. @param descr NumPy's name of the element type, such as "<f4" */
export function npyBytes(descr: string, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }\n`;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const head = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length & 255, header.length >> 8];
  return new Uint8Array([...head, ...new TextEncoder().encode(header), ...bytes]);
}
