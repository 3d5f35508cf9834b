import { arrayInMemory, type FiledArray } from "./array-file.ts";

/**
 * Arrays of a JSON file: nested lists of numbers, by name in an object, or one list without a name. A JSON number is read as
 * float64; `json.dumps(array.tolist())` in Python writes one that gives a float32's bits back.
 * @throws Error with a sentence
 */
export function jsonArrays(text: string): ReadonlyMap<string, FiledArray> {
  const parsed = parse(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return new Map([["", arrayOf("", parsed)]]);
  if ("kind" in parsed && parsed.kind === "golden")
    throw new Error("It is a golden, which `against` takes. As `expected`, give the outputs alone.");
  return new Map(Object.entries(parsed).map(([name, value]) => [name, arrayOf(name, value)]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = /\b(NaN|Infinity)\b/.test(text) ? " JSON has no NaN or Infinity; save an .npy file." : "";
    throw new Error(`It is not valid JSON.${hint}`, { cause: error });
  }
}

function arrayOf(name: string, value: unknown): FiledArray {
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = (level as unknown[])[0]) shape.push(level.length);
  const numbers: number[] = [];
  flatten(value, 0);
  const data = Float64Array.from(numbers);
  return arrayInMemory({ type: "float64", shape }, new Uint8Array(data.buffer));

  function flatten(level: unknown, depth: number): void {
    if (depth === shape.length) {
      if (typeof level !== "number" && typeof level !== "boolean") throw notAnArray(name);
      numbers.push(Number(level));
      return;
    }
    if (!Array.isArray(level) || level.length !== shape[depth]) throw notAnArray(name);
    for (const item of level) flatten(item, depth + 1);
  }
}

function notAnArray(name: string): Error {
  const what = name === "" ? "It" : `Its value ${JSON.stringify(name)}`;
  return new Error(`${what} is not a list of numbers, or of lists of one length. Write array.tolist().`);
}
