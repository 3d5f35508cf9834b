import type { Random } from "../support/random.ts";

const NUMBERS = [
  "-1",
  "0",
  "1e999",
  "-0",
  "9007199254740993",
  "1.5",
  "NaN",
  "null",
  "[]",
  '""',
  "{}",
  "true",
  "4294967296",
];
const TOKENS = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "\\u0000",
  "\\ud800",
  "$",
  "...",
  "@skip(if:true)",
  "#",
  "%00",
  "\u0000",
];

/** One to four changes of bytes: some anywhere, some that a grammar would notice. */
export function mutate(bytes: Uint8Array, random: Random): Buffer {
  let mutated = Buffer.from(bytes);
  const changes = random.int(1, 4);
  for (let change = 0; change < changes; change++) mutated = random.pick(CHANGES)(mutated, random);
  return mutated;
}

type Change = (bytes: Buffer<ArrayBuffer>, random: Random) => Buffer<ArrayBuffer>;

const CHANGES: readonly Change[] = [
  // Another byte.
  (bytes, random) => splice(bytes, place(bytes, random), 1, Buffer.from([random.int(0, 255)])),
  // Another bit.
  (bytes, random) => {
    const at = place(bytes, random);
    return splice(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.int(0, 7))]));
  },
  // Cut short.
  (bytes, random) => Buffer.from(bytes.subarray(0, place(bytes, random))),
  // Something left out.
  (bytes, random) => splice(bytes, place(bytes, random), random.int(1, 16), Buffer.alloc(0)),
  // Something twice, or in another place.
  (bytes, random) => {
    const from = place(bytes, random);
    return splice(
      bytes,
      place(bytes, random),
      random.int(0, 8),
      Buffer.from(bytes.subarray(from, from + random.int(1, 64))),
    );
  },
  // Random bytes.
  (bytes, random) => {
    const added = Buffer.from(Array.from({ length: random.int(1, 8) }, () => random.int(0, 255)));
    return splice(bytes, place(bytes, random), 0, added);
  },
  (bytes, random) => splice(bytes, place(bytes, random), random.int(0, 1), Buffer.from(random.pick(TOKENS))),
  // An extreme value for a number or a string, where there is one near.
  (bytes, random) => {
    const from = place(bytes, random);
    const found = /-?\d+(\.\d+)?|"[^"]{0,40}"/.exec(bytes.toString("latin1", from, from + 200));
    if (!found) return bytes;
    return splice(bytes, from + found.index, found[0].length, Buffer.from(random.pick(NUMBERS)));
  },
];

function place(bytes: Uint8Array, random: Random): number {
  return random.int(0, Math.max(0, bytes.length - 1));
}

function splice(bytes: Buffer, at: number, remove: number, insert: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
}
