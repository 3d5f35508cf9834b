/** Every way isobit refuses or fails, as callers see it in `extensions.code`. */
export type ErrorCode =
  | "BAD_INPUT"
  | "IMAGE_NOT_FOUND"
  | "MODEL_NOT_FOUND"
  | "UNSUPPORTED_IMAGE"
  | "INPUT_TOO_LARGE"
  | "BACKEND_UNAVAILABLE"
  | "BACKEND_FAILED"
  | "PEER_INCONSISTENT"
  | "ORIGIN_UNREACHABLE"
  | "OVERLOADED"
  | "UNAUTHENTICATED"
  | "TIMEOUT";

/** Further ways in which a call of the library fails; they never cross the wire. */
export type LibraryErrorCode =
  | ErrorCode
  /** An option that cannot be used, or not with the others: nothing was begun. */
  | "BAD_OPTION"
  /** Nothing can be claimed: a model or an input could not be read, or too few sources answered. */
  | "INCOMPLETE"
  /** The caller's AbortSignal was aborted. */
  | "ABORTED"
  /** A side of a stack that was to be started cannot run. */
  | "STACK_FAILED";

/**
 * The one error that may reach a caller unmasked. Its message says what is wrong and what to do about it;
 * anything else that is thrown is masked as INTERNAL.
 */
export class IsobitError<Code extends LibraryErrorCode = ErrorCode> extends Error {
  override readonly name = "IsobitError";
  readonly code: Code;
  /** Further facts for `extensions`, e.g. `retryAfterSeconds` beside OVERLOADED. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** What the library throws. */
export type LibraryError = IsobitError<LibraryErrorCode>;

const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = Object.freeze({
  BAD_INPUT: 400,
  IMAGE_NOT_FOUND: 404,
  MODEL_NOT_FOUND: 404,
  UNSUPPORTED_IMAGE: 415,
  INPUT_TOO_LARGE: 413,
  BACKEND_UNAVAILABLE: 503,
  BACKEND_FAILED: 500,
  PEER_INCONSISTENT: 502,
  ORIGIN_UNREACHABLE: 502,
  OVERLOADED: 503,
  UNAUTHENTICATED: 401,
  TIMEOUT: 504,
});

/** The HTTP status that a REST face gives the same failure. */
export function httpStatus(code: ErrorCode): number {
  return HTTP_STATUS[code];
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(HTTP_STATUS, code);
}

/** One line of a failure for a person, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
