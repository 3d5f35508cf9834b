import { float32Text } from "#core/tensors/float-text.ts";

/** Consecutive bits or hex digits that all differ from the other side, or all agree with it. */
export interface Run {
  readonly text: string;
  readonly differs: boolean;
}

/** The fields of an IEEE 754 binary32, from the sign on. */
const FIELDS = Object.freeze([
  { name: "sign", begin: 0, end: 1 },
  { name: "exponent", begin: 1, end: 9 },
  { name: "fraction", begin: 9, end: 32 },
]);

/** The eight hex digits of one side, most significant first, in runs. */
export function hexRuns(bits: number, other: number): Run[] {
  return runsOf(hex(bits), hex(other));
}

/** The 32 bits of one side as sign, exponent and fraction, each in runs. */
export function bitFields(bits: number, other: number): { readonly name: string; readonly runs: Run[] }[] {
  const [own, others] = [binary(bits), binary(other)];
  return FIELDS.map(({ name, begin, end }) => ({
    name,
    runs: runsOf(own.slice(begin, end), others.slice(begin, end)),
  }));
}

export function differingBits(bits: number, other: number): number {
  return binary((bits ^ other) >>> 0).replaceAll("0", "").length;
}

/** "3f800000" */
export function hex(bits: number): string {
  return bits.toString(16).padStart(8, "0");
}

/** The shortest decimal that parses to the same float32; also "-0.0", "NaN", "∞" and "-∞". */
export function valueText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  return float32Text(value);
}

function binary(bits: number): string {
  return bits.toString(2).padStart(32, "0");
}

function runsOf(own: string, other: string): Run[] {
  const runs: { text: string; differs: boolean }[] = [];
  for (const [place, character] of [...own].entries()) {
    const differs = character !== other[place];
    const last = runs.at(-1);
    if (last?.differs === differs) last.text += character;
    else runs.push({ text: character, differs });
  }
  return runs;
}
