const HTTP_STATUS = Object.freeze({
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

/** Every way isobit refuses or fails, as callers see it in `extensions.code`. */
export type ErrorCode = keyof typeof HTTP_STATUS;

/** Further codes of the library's calls; they never cross the wire. */
export type LibraryErrorCode =
  | ErrorCode
  /** An option that cannot be used, alone or with the others; nothing was started. */
  | "BAD_OPTION"
  /** No conclusion is possible: a model or an input could not be read, or too few sources responded. */
  | "INCOMPLETE"
  /** The caller's AbortSignal was aborted. */
  | "ABORTED"
  /** A side of a stack could not be started. */
  | "STACK_FAILED";

/**
 * The only error that reaches a caller unmasked. Its message says what is wrong and what to do; anything else that is
 * thrown is masked as INTERNAL.
 */
export class IsobitError<Code extends LibraryErrorCode = ErrorCode> extends Error {
  override readonly name = "IsobitError";
  readonly code: Code;
  /** Additional fields of `extensions`, e.g. `retryAfterSeconds` with OVERLOADED. */
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

/** The HTTP status of a REST response with this error. */
export function httpStatus(code: ErrorCode): number {
  return HTTP_STATUS[code];
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(HTTP_STATUS, code);
}

/** The message of anything that was thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
