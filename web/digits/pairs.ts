import { compareLogits } from "#core/verdicts/logit-drift.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { logitsOf } from "../logits.ts";
import type { ParityRow, Report } from "../queries.ts";

/** Two sources that are compared; differences are measured from `a`. */
export interface Pair {
  readonly a: string;
  readonly b: string;
}

/** One image on one pair. */
export interface Cell extends Pair {
  readonly image: string;
  readonly verdict: Verdict;
  /** False also where a result is missing. */
  readonly labelsMatch: boolean;
  readonly differingElements: number;
  /** Null where an element is not finite, or a result is missing. */
  readonly maxUlp: number | null;
  readonly maxAbs: number | null;
  /** Bits differ although a certificate proves them equal. */
  readonly broken: boolean;
}

/** The id of a cell's element. */
export function cellId(image: string, { a, b }: Pair): string {
  return `cell-${[image, a, b].map(encodeURIComponent).join("-")}`;
}

/** Every two sources of a report: first those with the reference, in the report's order, then the others. */
export function pairsOf({ reference, rows, pairs }: Report): Pair[] {
  const others = rows[0]?.outputs.map(({ source }) => source).filter((source) => source !== reference);
  const named = others ?? pairs.map(({ other }) => other);
  return [
    ...named.map((b) => ({ a: reference, b })),
    ...named.flatMap((a, place) => named.slice(place + 1).map((b) => ({ a, b }))),
  ];
}

/** With the reference: the report's own verdict. For two others: the same comparison, computed here from their bits. */
export function cellOf(row: ParityRow, { a, b }: Pair, tolerance: Tolerance | null): Cell {
  const given = row.pairs.find(({ reference, other }) => reference === a && other === b);
  if (given) {
    const { verdict, labelsMatch, differingElements, maxUlp, maxAbs, inCertifiedDomain } = given;
    const broken = inCertifiedDomain && differingElements > 0;
    return { a, b, image: row.image, verdict, labelsMatch, differingElements, maxUlp, maxAbs, broken };
  }
  const [left, right] = [a, b].map((source) => {
    const output = row.outputs.find((each) => each.source === source);
    return output ? logitsOf(output) : null;
  });
  if (!left || !right || left.length !== right.length) return { a, b, image: row.image, ...MISSING };
  // A certificate covers both if it covers each together with the reference.
  const proved = [a, b].every((source) => row.pairs.find(({ other }) => other === source)?.inCertifiedDomain === true);
  const { verdict, labelsMatch, differingElements, maxUlp, maxAbs } = compareLogits(
    left,
    right,
    proved ? null : tolerance,
  );
  const broken = proved && differingElements > 0;
  const match = labelsMatch === true;
  return { a, b, image: row.image, verdict, labelsMatch: match, differingElements, maxUlp, maxAbs, broken };
}

/** The pair that differs most on this image. */
export function furthestPair(report: Report, row: ParityRow, tolerance: Tolerance | null): Pair | null {
  const cells = pairsOf(report).map((pair) => cellOf(row, pair, tolerance));
  const distance = ({ verdict, differingElements, maxUlp }: Cell) =>
    verdict === "INCOMPLETE" ? -1 : differingElements === 0 ? 0 : (maxUlp ?? Number.POSITIVE_INFINITY);
  return cells.reduce<Cell | null>((best, cell) => (best && distance(best) >= distance(cell) ? best : cell), null);
}

/** Four steps of colour for a difference, by ULP; the last also stands for elements that are not finite. */
export function heatOf({ differingElements, maxUlp }: Cell): 0 | 1 | 2 | 3 | 4 {
  if (differingElements === 0) return 0;
  if (maxUlp === null) return 4;
  const step = HEAT_ULP.findIndex((most) => maxUlp <= most);
  return step === -1 ? 4 : ((step + 1) as 1 | 2 | 3);
}

/** The largest ULP of each step except the last. */
export const HEAT_ULP = Object.freeze([16, 1_024, 65_536]);

const MISSING = Object.freeze({
  verdict: "INCOMPLETE",
  labelsMatch: false,
  differingElements: 0,
  maxUlp: null,
  maxAbs: null,
  broken: false,
} satisfies Omit<Cell, "a" | "b" | "image">);
