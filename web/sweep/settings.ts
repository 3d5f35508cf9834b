import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import { MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import type { BackendStatus } from "../queries.ts";
import { NOISE } from "./noise.ts";
import { SHIFT, shiftsOf } from "./shifted-digits.ts";

const SOURCES = Object.freeze(["shifted", "files", "noise"] as const);
export type ImageSource = (typeof SOURCES)[number];

/** What is to be run, as it stands in the address; numbers as they were typed. */
export interface Settings {
  readonly images: ImageSource;
  readonly range: string;
  readonly count: string;
  readonly seed: string;
}

export function settingsOf(params: URLSearchParams): Settings {
  return {
    images: SOURCES.find((each) => each === params.get("images")) ?? "shifted",
    range: params.get("range") ?? String(SHIFT.usual),
    count: params.get("count") ?? String(NOISE.usualCount),
    seed: params.get("seed") ?? String(NOISE.usualSeed),
  };
}

/** A whole number and its bounds, both included. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

const BOUNDS: Readonly<Record<"range" | "count" | "seed", Bounds>> = Object.freeze({
  range: { least: SHIFT.least, most: SHIFT.most },
  count: { least: 1, most: MAX_IMAGES_PER_QUERY },
  seed: { least: 0, most: NOISE.mostSeed },
});

/** Why a number cannot be used; null where it can. */
export function faultOf(field: keyof typeof BOUNDS, text: string): string | null {
  const { least, most } = BOUNDS[field];
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return null;
  return `Write a whole number from ${least} to ${most.toLocaleString("en-US")}.`;
}

/** How many images the settings make of so many digits; null where that is not known from them. */
export function countOf({ images, range, count }: Settings, digits: number): number | null {
  if (images === "shifted") return faultOf("range", range) === null ? digits * shiftsOf(Number(range)) : null;
  if (images === "noise") return faultOf("count", count) === null ? Number(count) : null;
  return null;
}

/**
 * The backends that the address names and that are there; where it names none, the two that always take part and every
 * other on real hardware: a GPU that is emulated needs its time.
 */
export function backendsOf(params: URLSearchParams, statuses: readonly BackendStatus[]): BackendId[] {
  const there = statuses.filter(({ available }) => available);
  const named = params.get("backends");
  const wanted = (status: BackendStatus) =>
    named === null
      ? status.backend === "WASM" || status.backend === "CPU" || status.hardwareGpu
      : named.split(",").includes(status.backend);
  const chosen = there.filter(wanted).map(({ backend }) => backend);
  return BACKEND_IDS.filter((id) => chosen.includes(id));
}
