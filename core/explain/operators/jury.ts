import { isAlike, type Elements, readElements } from "../../tensors/read-elements.ts";
import type { ExplainedSource, NodeRequest } from "../request.ts";
import type { SourceRole } from "../sources.ts";

/** A source whose results are wrong, although neither the exact values nor a bound are known. */
export interface Gross {
  readonly role: SourceRole;
  readonly note: string;
}

/** What differs by less of the output's root mean square may be rounding: it is 2^17 times float32's unit roundoff. */
const FAR = 2 ** -7;
/** Those that agree are closer to each other than to the one that is alone by this factor. */
const CLOSER = 1024;

/**
 * Three or more backends as a jury: one of the two sources is far outside the agreement of the other source and of every
 * juror. Two backends may share a fault, but rounding cannot separate one so far from all others.
 */
export function sourceAlone(
  { reference, other, jury = [] }: NodeRequest,
  output: number,
  left: Elements,
  right: Elements,
): Gross | null {
  const votes = jury.flatMap((juror) => {
    const value = juror.outputs[output];
    return value && isAlike(value, left) ? [{ juror, elements: readElements(value) }] : [];
  });
  if (votes.length === 0 || !isAlike(left, right)) return null;
  const apart = distance(left, right);
  if (!(apart > FAR * rootMeanSquare(left)) || !(apart > FAR * rootMeanSquare(right))) return null;
  const isNear = (elements: Elements): boolean =>
    votes.every((vote) => distance(vote.elements, elements) * CLOSER < apart);
  const sentence = (alone: ExplainedSource, agreeing: ExplainedSource): string =>
    `${alone.source} is alone: ${[agreeing.source, ...votes.map(({ juror }) => juror.source)].join(" and ")} agree on this node to within 1/${CLOSER} of its distance from them.`;
  if (isNear(left)) return { role: "other", note: sentence(other, reference) };
  if (isNear(right)) return { role: "reference", note: sentence(reference, other) };
  return null;
}

/** The largest difference between two elements; infinite where one is finite and the other is not. */
function distance(left: Elements, right: Elements): number {
  return left.numbers.reduce((most, each, index) => {
    const against = right.numbers[index]!;
    if (Object.is(each, against) || each === against) return most;
    const apart = Math.abs(each - against);
    return Math.max(most, Number.isNaN(apart) ? Infinity : apart);
  }, 0);
}

function rootMeanSquare({ numbers }: Elements): number {
  const finite = numbers.filter(Number.isFinite);
  return Math.sqrt(finite.reduce((sum, each) => sum + each * each, 0) / Math.max(1, finite.length));
}
