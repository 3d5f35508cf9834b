import type { SweptRow } from "./sweep-query.ts";

type RowPair = SweptRow["pairs"][number];
type RowOutput = SweptRow["outputs"][number];

/** One image on one pair, where bits differ. */
export interface WorstRow {
  /** The image's index in the sweep. */
  readonly place: number;
  readonly pair: RowPair;
  readonly reference: RowOutput;
  readonly other: RowOutput;
  /** Bits differ although a certificate proves them equal. */
  readonly broken: boolean;
}

/** Limits the memory of a long sweep. */
export const MOST_ROWS = 100;

/** The parameters of the address that opens a row. */
export function rowParams({ place, pair }: Pick<WorstRow, "place" | "pair">) {
  return { image: String(place), other: pair.other };
}

/** The id of the link to a row. */
export function rowLinkId({ place, pair }: Pick<WorstRow, "place" | "pair">): string {
  return `row-${place}-${encodeURIComponent(pair.other)}`;
}

/** Inserts a row; the worst come first, and at most MOST_ROWS are kept. */
export function withRow(rows: readonly WorstRow[], row: WorstRow): readonly WorstRow[] {
  const last = rows.at(-1);
  if (rows.length >= MOST_ROWS && last && !isWorse(row, last)) return rows;
  const before = rows.findIndex((each) => isWorse(row, each));
  return rows.toSpliced(before === -1 ? rows.length : before, 0, row).slice(0, MOST_ROWS);
}

/** The rows of one image that differ, one per pair. */
export function differingRows(row: SweptRow, place: number): WorstRow[] {
  return row.pairs.flatMap((pair) => {
    const [reference, other] = [pair.reference, pair.other].map((name) =>
      row.outputs.find(({ source }) => source === name),
    );
    if (pair.differingElements === 0 || !reference || !other) return [];
    return { place, pair, reference, other, broken: pair.inCertifiedDomain };
  });
}

/** Violated certificates first, then the order in which the sides choose a pair's worst image: not finite, ULP, |Δ|, index. */
function isWorse(left: WorstRow, right: WorstRow): boolean {
  const [a, b] = [left, right].map(weightsOf) as [readonly number[], readonly number[]];
  const at = a.findIndex((weight, index) => weight !== b[index]);
  return at !== -1 && a[at]! > b[at]!;
}

function weightsOf({ broken, place, pair: { nonFiniteElements, maxUlp, maxAbs } }: WorstRow): readonly number[] {
  return [broken ? 1 : 0, nonFiniteElements, maxUlp ?? 0, maxAbs ?? 0, -place];
}
