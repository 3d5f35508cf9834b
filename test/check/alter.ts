import type { Tape } from "../certify/generate/tape.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Path = readonly (string | number)[];

/** Sentences for people and names of what made the certificate: nothing is proved of them. */
const FREE = new Set(["reason", "adaptations", "isobit", "model"]);
/** Known only with the file: `checkFile` compares them. */
const OF_THE_FILE = new Set(["subject"]);

export interface Altered {
  readonly certificate: unknown;
  readonly what: string;
}

/** One place of a certificate changed: a number, flag or name in it, or an entry dropped, repeated or exchanged. */
export function altered(certificate: unknown, tape: Tape, within?: string): Altered {
  const root = certificate as Json;
  const places = placesIn(root, []).filter(([key]) => within === undefined || key === within);
  const path = tape.pick(places);
  const before = at(root, path);
  const after = change(before, tape);
  return {
    certificate: replaced(root, path, after),
    what: `${path.join(".")}: ${JSON.stringify(before).slice(0, 80)} -> ${JSON.stringify(after).slice(0, 80)}`,
  };
}

/** Every place that a claim or statement is made in; lists of sentences can only lose an entry. */
function placesIn(value: Json, path: Path): readonly Path[] {
  const key = path.at(-1);
  if (typeof key === "string" && (FREE.has(key) || OF_THE_FILE.has(key))) return [];
  if (Array.isArray(value)) {
    const list = value.length > 0 ? [path] : [];
    return key === "assumptions"
      ? list
      : [...list, ...value.flatMap((each, index) => placesIn(each, [...path, index]))];
  }
  if (value !== null && typeof value === "object")
    return Object.entries(value).flatMap(([name, each]) => placesIn(each, [...path, name]));
  return [path];
}

function change(value: Json, tape: Tape): Json {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return changedNumber(value, tape);
  if (typeof value === "string") return tape.pick([`${value}'`, "", 1, null]);
  if (value === null) return tape.pick([0, [0, 1], { units: 0, exponent: 0, channel: null }]);
  const list = value as readonly Json[];
  const index = tape.below(list.length);
  return tape.pick([list.toSpliced(index, 1), list.toSpliced(index, 0, list[index]!)]);
}

function changedNumber(value: number, tape: Tape): number {
  const others = [value + 1, value - 1, value * 2, -value, value / 2, 0, value + 2 ** tape.below(30)];
  return tape.pick(others.filter((other) => other !== value));
}

function at(value: Json, path: Path): Json {
  return path.reduce<Json>((inner, key) => (inner as Record<string | number, Json>)[key]!, value);
}

function replaced(value: Json, [key, ...rest]: Path, by: Json): Json {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(key), replaced(value[Number(key)] as Json, rest, by));
  const fields = value as Readonly<Record<string, Json>>;
  return { ...fields, [key]: replaced(fields[key]!, rest, by) };
}
