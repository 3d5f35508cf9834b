import { compareLogits } from "#core/verdicts/logit-drift.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { logitsOf } from "../logits.ts";
import type { ParityRow, Report } from "../queries.ts";

/** Two sources held against each other; `a` is the one that differences are measured from. */
export interface Pair {
  readonly a: string;
  readonly b: string;
}

/** One image on one pair. */
export interface Cell extends Pair {
  readonly image: string;
  readonly verdict: Verdict;
  /** Of the reference's label; false, too, where an answer is missing. */
  readonly labelsMatch: boolean;
  readonly differingElements: number;
  /** Null where an element is not finite, or an answer is missing. */
  readonly maxUlp: number | null;
  readonly maxAbs: number | null;
  /** Bits differ where a certificate proves that they cannot. */
  readonly broken: boolean;
}

/** Every two sources of a report: those with the reference first, in the report's order, then the others among themselves. */
export function pairsOf({ reference, rows, pairs }: Report): Pair[] {
  const others = rows[0]?.outputs.map(({ source }) => source).filter((source) => source !== reference);
  const named = others ?? pairs.map(({ other }) => other);
  return [
    ...named.map((b) => ({ a: reference, b })),
    ...named.flatMap((a, place) => named.slice(place + 1).map((b) => ({ a, b }))),
  ];
}

/** With the reference the report's own verdict; between two others the same comparison, made here from their bits. */
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
  // Both are covered where each is covered together with the reference.
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

/** Of all pairs the one that lies furthest apart on this image: what a reader wants to see first. */
export function furthestPair(report: Report, row: ParityRow, tolerance: Tolerance | null): Pair | null {
  const cells = pairsOf(report).map((pair) => cellOf(row, pair, tolerance));
  const distance = ({ verdict, differingElements, maxUlp }: Cell) =>
    verdict === "INCOMPLETE" ? -1 : differingElements === 0 ? 0 : (maxUlp ?? Number.POSITIVE_INFINITY);
  return cells.reduce<Cell | null>((best, cell) => (best && distance(best) >= distance(cell) ? best : cell), null);
}

/** Four steps of colour for a difference, by ULP: beyond what can be counted is the last. */
export function heatOf({ differingElements, maxUlp }: Cell): 0 | 1 | 2 | 3 | 4 {
  if (differingElements === 0) return 0;
  if (maxUlp === null) return 4;
  const step = HEAT_ULP.findIndex((most) => maxUlp <= most);
  return step === -1 ? 4 : ((step + 1) as 1 | 2 | 3);
}

/** The largest ULP of each step but the last. */
export const HEAT_ULP = Object.freeze([16, 1_024, 65_536]);

const MISSING = Object.freeze({
  verdict: "INCOMPLETE",
  labelsMatch: false,
  differingElements: 0,
  maxUlp: null,
  maxAbs: null,
  broken: false,
} satisfies Omit<Cell, "a" | "b" | "image">);
