/** ONNX's numbers for element types (TensorProto.DataType) and the names that isobit gives them. */
const NAMES: Readonly<Record<number, string>> = Object.freeze({
  0: "undefined",
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  14: "complex64",
  15: "complex128",
  16: "bfloat16",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
});

/** Types that are newer than the table keep their number, for messages. */
export function elementTypeName(dataType: number): string {
  return NAMES[dataType] ?? `element type ${dataType}`;
}

/** @throws Error for an unknown name */
export function dataTypeOf(name: string): number {
  const known =
    Object.entries(NAMES).find(([, each]) => each === name)?.[0] ?? /^element type (-?\d+)$/.exec(name)?.[1];
  if (known === undefined) throw new Error(`no element type is called ${JSON.stringify(name)}`);
  return Number(known);
}
