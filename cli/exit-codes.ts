import type { LibraryError, LibraryErrorCode } from "#core/errors.ts";
import type { RunReport } from "#library/report/run-report.ts";

/** What the commands end with; docs/command.md lists them. 64 and 70 are those of BSD's sysexits. */
export const EXIT = Object.freeze({
  OK: 0,
  /** The answer is negative: drift, not certified, a rejected certificate. Never a failure. */
  DRIFT: 1,
  /** Nothing can be claimed: a backend, an image, a file or a stack failed. */
  INCOMPLETE: 2,
  /** Bits differ although a certificate proves them equal. */
  CERTIFICATE_VIOLATED: 3,
  /** Bits outside the possible rounding error. */
  WRONG_RESULT: 3,
  BAD_USAGE: 64,
  /** EX_SOFTWARE: a defect of isobit. */
  DEFECT: 70,
  /** 128 + SIGINT, as shells count. */
  INTERRUPTED: 130,
});

const BY_OUTCOME: Readonly<Record<RunReport["outcome"], number>> = Object.freeze({
  IDENTICAL: EXIT.OK,
  WITHIN_TOLERANCE: EXIT.OK,
  DRIFT: EXIT.DRIFT,
  INCOMPLETE: EXIT.INCOMPLETE,
  WRONG_RESULT: EXIT.WRONG_RESULT,
  CERTIFICATE_VIOLATED: EXIT.CERTIFICATE_VIOLATED,
});

/** The exit code of a run: what no tolerance hides comes before the verdict. */
export function exitCodeOf({ outcome }: Pick<RunReport, "outcome">): number {
  return BY_OUTCOME[outcome];
}

const BY_CODE: Readonly<Partial<Record<LibraryErrorCode, number>>> = Object.freeze({
  BAD_OPTION: EXIT.BAD_USAGE,
  ABORTED: EXIT.INTERRUPTED,
});

/** The exit code of a failure before there was an outcome. */
export function exitCodeOfError({ code }: LibraryError): number {
  return BY_CODE[code] ?? EXIT.INCOMPLETE;
}
