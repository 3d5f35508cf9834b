import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import { MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import type { BackendStatus } from "../queries.ts";
import { NOISE } from "./noise.ts";
import { SHIFT, shiftsOf } from "./shifted-digits.ts";

const SOURCES = Object.freeze(["shifted", "files", "noise"] as const);
export type ImageSource = (typeof SOURCES)[number];

/** The images to run, from the address; numbers as typed. */
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

/** Inclusive. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

const BOUNDS: Readonly<Record<"range" | "count" | "seed", Bounds>> = Object.freeze({
  range: { least: SHIFT.least, most: SHIFT.most },
  count: { least: 1, most: MAX_IMAGES_PER_QUERY },
  seed: { least: 0, most: NOISE.mostSeed },
});

/** Why a number is not valid; null if it is. */
export function faultOf(field: keyof typeof BOUNDS, text: string): string | null {
  const { least, most } = BOUNDS[field];
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return null;
  return `Enter a whole number from ${least} to ${most.toLocaleString("en-US")}.`;
}

/** The number of images; null if the settings do not determine it. @param digits the number of built-in images */
export function countOf({ images, range, count }: Settings, digits: number): number | null {
  if (images === "shifted") return faultOf("range", range) === null ? digits * shiftsOf(Number(range)) : null;
  if (images === "noise") return faultOf("count", count) === null ? Number(count) : null;
  return null;
}

/**
 * The available backends named in the address (default: WASM, CPU and every hardware GPU, since an emulated GPU is slow).
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
