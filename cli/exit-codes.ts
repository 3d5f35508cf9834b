import type { LibraryError, LibraryErrorCode } from "#core/errors.ts";
import type { RunReport } from "#library/report/run-report.ts";

/** What the commands end with. 64 and 70 are those of BSD's sysexits. */
export const EXIT = Object.freeze({
  OK: 0,
  /** parity: drift beyond the tolerance. start: a side cannot run. */
  FAILED: 1,
  /** Nothing can be claimed: a backend or an image failed, or nobody answered. */
  INCOMPLETE: 2,
  /** Bits differ where a certificate proves that they cannot. */
  CERTIFICATE_VIOLATED: 3,
  /** Bits that no correct evaluation gives: like the former, no tolerance hides it. */
  WRONG_RESULT: 3,
  BAD_USAGE: 64,
  /** EX_SOFTWARE: a defect of isobit, which must not look like a drift. */
  DEFECT: 70,
  /** 128 + SIGINT, as shells count. */
  INTERRUPTED: 130,
});

const BY_OUTCOME: Readonly<Record<RunReport["outcome"], number>> = Object.freeze({
  IDENTICAL: EXIT.OK,
  WITHIN_TOLERANCE: EXIT.OK,
  DRIFT: EXIT.FAILED,
  INCOMPLETE: EXIT.INCOMPLETE,
  WRONG_RESULT: EXIT.WRONG_RESULT,
  CERTIFICATE_VIOLATED: EXIT.CERTIFICATE_VIOLATED,
});

/** Of a run's outcome, which is what no tolerance hides before it is the verdict. */
export function exitCodeOf({ outcome }: Pick<RunReport, "outcome">): number {
  return BY_OUTCOME[outcome];
}

const BY_CODE: Readonly<Partial<Record<LibraryErrorCode, number>>> = Object.freeze({
  BAD_OPTION: EXIT.BAD_USAGE,
  ABORTED: EXIT.INTERRUPTED,
  STACK_FAILED: EXIT.FAILED,
});

/** Of a failure before there was an outcome: unless its code says more, nothing can be claimed. */
export function exitCodeOfError({ code }: LibraryError): number {
  return BY_CODE[code] ?? EXIT.INCOMPLETE;
}
