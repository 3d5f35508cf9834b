import { addressOf, type Route } from "../route.ts";
import type { Pair } from "./pairs.ts";

/** The logits of one image on one pair; the model and the tolerance stay as they are. No pair: the furthest apart. */
export function cellAddress({ params }: Route, image: string, pair: Pair | null): string {
  const given = { ...Object.fromEntries(params), image, a: pair?.a ?? null, b: pair?.b ?? null };
  return addressOf("digits", given);
}

/** The anchor of a cell. */
export function cellId(image: string, { a, b }: Pair): string {
  return `cell-${[image, a, b].map(encodeURIComponent).join("-")}`;
}
