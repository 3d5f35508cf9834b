import type { SweptRow } from "./sweep-query.ts";

type RowPair = SweptRow["pairs"][number];
type RowOutput = SweptRow["outputs"][number];

/** One image on one pair, where a bit differs. */
export interface WorstRow {
  /** Among all images of the sweep. */
  readonly place: number;
  readonly pair: RowPair;
  readonly reference: RowOutput;
  readonly other: RowOutput;
  /** Bits differ where a certificate proves that they cannot. */
  readonly broken: boolean;
}

/** So many rows are kept, whatever a sweep finds, so that memory does not grow with it. */
export const MOST_ROWS = 100;

/** The worst first; of more than MOST_ROWS, the worst of them. */
export function withRow(rows: readonly WorstRow[], row: WorstRow): readonly WorstRow[] {
  const last = rows.at(-1);
  if (rows.length >= MOST_ROWS && last && !isWorse(row, last)) return rows;
  const before = rows.findIndex((each) => isWorse(row, each));
  return rows.toSpliced(before === -1 ? rows.length : before, 0, row).slice(0, MOST_ROWS);
}

/** The rows of one image that differ, one a pair. */
export function differingRows(row: SweptRow, place: number): WorstRow[] {
  return row.pairs.flatMap((pair) => {
    const [reference, other] = [pair.reference, pair.other].map((name) =>
      row.outputs.find(({ source }) => source === name),
    );
    if (pair.differingElements === 0 || !reference || !other) return [];
    return { place, pair, reference, other, broken: pair.inCertifiedDomain };
  });
}

/** A broken certificate before all; then as the sides pick a pair's worst image: not finite, ULP, |Δ|, the earlier one. */
function isWorse(left: WorstRow, right: WorstRow): boolean {
  const [a, b] = [left, right].map(weightsOf) as [readonly number[], readonly number[]];
  const at = a.findIndex((weight, index) => weight !== b[index]);
  return at !== -1 && a[at]! > b[at]!;
}

function weightsOf({ broken, place, pair: { nonFiniteElements, maxUlp, maxAbs } }: WorstRow): readonly number[] {
  return [broken ? 1 : 0, nonFiniteElements, maxUlp ?? 0, maxAbs ?? 0, -place];
}
