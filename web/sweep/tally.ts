import type { SweptRow } from "./sweep-query.ts";

/** One reason why a source failed. */
interface Gap {
  readonly source: string;
  readonly code: string;
  readonly message: string;
  readonly images: number;
}

/** Counts over all rows, in constant memory. */
export interface Tally {
  /** By source: answered images, correct ones among those with a known label, and failed ones. */
  readonly sources: ReadonlyMap<string, { readonly answered: number; readonly right: number; readonly failed: number }>;
  readonly gaps: readonly Gap[];
  /** Rows that differ, one per image and pair. */
  readonly differing: number;
}

export const NOTHING_COUNTED: Tally = Object.freeze({ sources: new Map(), gaps: [], differing: 0 });

/** Limits the list: a message may name an image, so there can be one per image. */
const MOST_REASONS = 12;
const FURTHER = "Further reasons of this kind are not listed.";

/** @param labels by the image's index; null if unknown */
export function counted(
  tally: Tally,
  rows: readonly { readonly row: SweptRow; readonly place: number }[],
  labels: readonly string[] | null,
): Tally {
  const sources = new Map(tally.sources);
  const gaps = [...tally.gaps];
  let { differing } = tally;
  for (const { row, place } of rows) {
    differing += row.pairs.filter(({ differingElements }) => differingElements > 0).length;
    for (const { source, prediction, error } of row.outputs) {
      const { answered, right, failed } = sources.get(source) ?? { answered: 0, right: 0, failed: 0 };
      sources.set(source, {
        answered: answered + (prediction ? 1 : 0),
        right: right + (prediction && prediction.label === labels?.[place] ? 1 : 0),
        failed: failed + (prediction ? 0 : 1),
      });
      if (error) addGap(gaps, source, error);
    }
  }
  return { sources, gaps, differing };
}

function addGap(gaps: Gap[], source: string, { code, message }: { readonly code: string; readonly message: string }) {
  const same = (gap: Gap, text: string) => gap.source === source && gap.code === code && gap.message === text;
  const known = gaps.findIndex((gap) => same(gap, message));
  const found = known === -1 && gaps.length >= MOST_REASONS ? gaps.findIndex((gap) => same(gap, FURTHER)) : known;
  const gap = gaps[found];
  if (gap) gaps[found] = { ...gap, images: gap.images + 1 };
  // Beyond the limit: one per source and code, of which there are few.
  else gaps.push({ source, code, message: gaps.length < MOST_REASONS ? message : FURTHER, images: 1 });
}
