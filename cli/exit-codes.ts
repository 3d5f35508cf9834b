import type { Verdict } from "#core/compare.ts";
import type { ParityReport } from "./parity-report.ts";

/** What the commands end with. 64 and 70 are those of BSD's sysexits. */
export const EXIT = Object.freeze({
  OK: 0,
  /** parity: drift beyond the tolerance. start: a side cannot run. */
  FAILED: 1,
  /** Nothing can be claimed: a backend or an image failed, or nobody answered. */
  INCOMPLETE: 2,
  /** Bits differ where a certificate proves that they cannot. */
  CERTIFICATE_VIOLATED: 3,
  BAD_USAGE: 64,
  /** EX_SOFTWARE: a defect of isobit, which must not look like a drift. */
  DEFECT: 70,
  /** 128 + SIGINT, as shells count. */
  INTERRUPTED: 130,
});

const BY_VERDICT: Readonly<Record<Verdict, number>> = Object.freeze({
  IDENTICAL: EXIT.OK,
  WITHIN_TOLERANCE: EXIT.OK,
  DRIFT: EXIT.FAILED,
  INCOMPLETE: EXIT.INCOMPLETE,
});

/** A broken certificate before all else: it says more than any verdict. */
export function exitCodeOf({
  verdict,
  certificateViolations,
}: Pick<ParityReport, "verdict" | "certificateViolations">): number {
  return certificateViolations.length > 0 ? EXIT.CERTIFICATE_VIOLATED : BY_VERDICT[verdict];
}
