import { addressOf, type Route } from "../route.ts";
import type { WorstRow } from "./worst-rows.ts";

/** The logits of one image on one pair; what is chosen stays as it is. */
export function rowAddress({ params }: Route, { place, pair }: Pick<WorstRow, "place" | "pair">): string {
  return addressOf("sweep", { ...Object.fromEntries(params), image: String(place), other: pair.other });
}

/** The anchor of the link to them. */
export function rowLinkId({ place, pair }: Pick<WorstRow, "place" | "pair">): string {
  return `row-${place}-${encodeURIComponent(pair.other)}`;
}
