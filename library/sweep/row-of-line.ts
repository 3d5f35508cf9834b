import { type CheckedRow, checkRow } from "./checked-row.ts";
import type { SweepHeader } from "./header.ts";
import { isError, isPeer, type SweptOutput, type SweptRow } from "./swept-row.ts";

/**
 * A line of a results file as the row that it is. The row is made again of the line's bits, and must be the same to the
 * letter: labels, hashes, metrics and verdicts that somebody changed are not believed.
 * @returns what is wrong with the line, to be read behind "its line 7", where it cannot be a sweep's own
 */
export function rowOfLine(text: string, header: SweepHeader): CheckedRow | string {
  try {
    const line = JSON.parse(text) as SweptRow;
    const { index, outputs, pairs } = line;
    if (!Number.isInteger(index) || index < 0 || index >= header.dataSet.images) return DAMAGED;
    const { reference, tolerance, model } = header;
    const sources = header.sources.map(({ source }) => source);
    const checked = checkRow(
      {
        ...line,
        outputs: new Map(sources.map((source) => [source, outputs[source]!])),
        pairs: sources
          .filter((source) => source !== reference)
          .map((other, place) => ({ other, inCertifiedDomain: pairs[place]!.inCertifiedDomain })),
      },
      { labels: model.labels, reference, tolerance },
    );
    if (JSON.stringify(checked.row) === text) return hidesViolation(checked) ?? checked;
    return `is not what its bits say${difference(line, checked.row)}`;
  } catch {
    return DAMAGED;
  }
}

const DAMAGED = "is damaged";

/** Bits that differ where a certificate covers them come with the violation. */
function hidesViolation({ row, measured }: CheckedRow): string | null {
  const broken = row.pairs.find(
    ({ inCertifiedDomain, other }, place) =>
      inCertifiedDomain &&
      (measured[place]?.drift.differing ?? 0) > 0 &&
      row.certificateViolations?.some((violation) => violation.other === other) !== true,
  );
  return broken === undefined ? null : `leaves out that its bits of ${broken.other} violate a certificate`;
}

/** The first contradiction between the line and its bits, in words. */
function difference(line: SweptRow, own: SweptRow): string {
  for (const [source, output] of Object.entries(own.outputs)) {
    const said = line.outputs[source]!;
    if (isError(output) || isError(said)) continue;
    if (said.label !== output.label) return `: it says label ${said.label} of ${source}, they ${output.label}`;
    if (hashOf(said) !== hashOf(output)) return `: its hash of ${source} is another`;
  }
  for (const [place, { other, verdict }] of own.pairs.entries()) {
    const said = line.pairs[place]!.verdict;
    if (said !== verdict) return `: it says ${said} of ${other}, they ${verdict}`;
  }
  return "";
}

function hashOf(output: SweptOutput): string | null {
  return isError(output) || isPeer(output) ? null : output.logitsSha256;
}
