import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { preprocessText } from "#core/image/preprocess-text.ts";
import { commonGrid } from "./grid.ts";
import { EXACT_UNITS } from "./limits.ts";
import { range, type Range } from "./range.ts";
import { zoneComplaint } from "./zone.ts";

/** The inputs that a proof covers: tensors of this shape whose elements are n x 2^exponent, n an integer from lo to hi, never -0. */
export interface InputDomain {
  /** -1 for a dynamic dimension. */
  readonly shape: readonly number[];
  readonly exponent: number;
  readonly lo: number;
  readonly hi: number;
}

export type DomainOf =
  | { readonly ok: true; readonly domain: InputDomain }
  | { readonly ok: false; readonly reason: string };

const LEVELS = 256;

/**
 * The values that a model's preprocessing makes of grey levels, or why they lie on no common grid.
 * @param shape of the model's input; -1 for a dynamic dimension
 */
export function domainOf(preprocess: Preprocess, shape: readonly number[]): DomainOf {
  const values = inputValuesOf(preprocess);
  if (!values.every(Number.isFinite))
    return { ok: false, reason: "the input itself: its preprocessing gives values that are not finite." };
  if (values.some((value) => Object.is(value, -0)))
    return { ok: false, reason: "the input itself: its preprocessing gives -0. Use a scale and std above 0." };
  const exponent = commonGrid(values) ?? 0;
  const units = values.map((value) => value / 2 ** exponent);
  const domain = { shape, exponent, lo: Math.min(...units), hi: Math.max(...units) };
  const most = Math.max(-domain.lo, domain.hi);
  const complaint = zoneComplaint([domainRange(domain)]);
  if (most < EXACT_UNITS && complaint === null) return { ok: true, domain };
  return { ok: false, reason: `the input itself: ${offGrid(preprocess, exponent, most)}` };
}

/** What the 256 grey levels become, channel by channel: the same numbers that `normalise` makes, rounded to float32. */
export function inputValuesOf({ scale, mean, std, invert }: Preprocess): readonly number[] {
  return mean.flatMap((center, channel) =>
    Array.from({ length: LEVELS }, (_, level) =>
      Math.fround(((invert ? LEVELS - 1 - level : level) * scale - center) / (std[channel] ?? Number.NaN)),
    ),
  );
}

function offGrid(preprocess: Preprocess, exponent: number, most: number): string {
  return (
    `with ${preprocessText(preprocess)}, its values share no unit coarser than 2^${exponent}, and the largest is ` +
    `${most.toLocaleString("en-US")} of these units. Sums of such values can round, so no node can be proved exact. ` +
    "Feed grey levels unscaled (scale 1, mean 0, std 1) or scaled by a power of two, and put the scaling into the model."
  );
}

export function domainRange({ exponent, lo, hi }: InputDomain): Range {
  return range(exponent, lo, hi);
}

/** True if every element is one of the domain's values: the proof covers only such tensors. */
export function inDomain(tensor: Float32Array, { exponent, lo, hi }: InputDomain): boolean {
  const unit = 2 ** exponent;
  for (const element of tensor) {
    const units = element / unit;
    if (!(Number.isInteger(units) && units >= lo && units <= hi && !Object.is(element, -0))) return false;
  }
  return true;
}

/** "integers 0 to 255", "integers 0 to 255 times 2^-8". */
export function describeDomain({ exponent, lo, hi }: InputDomain): string {
  return `integers ${lo} to ${hi}${exponent === 0 ? "" : ` times 2^${exponent}`}`;
}
