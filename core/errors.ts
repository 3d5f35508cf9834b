interface ErrorFacts {
  /** The HTTP status that a REST route gives the same failure. */
  readonly status: number;
  readonly meaning: string;
  readonly remedy: string;
}

/** Every failure that a caller may see, by its `extensions.code`. The schema's descriptions and docs/graphql.md follow from it. */
export const ERROR_CODES = Object.freeze({
  BAD_INPUT: {
    status: 400,
    meaning: "The request is malformed, or an argument has an invalid value.",
    remedy: "Change what the message names.",
  },
  IMAGE_NOT_FOUND: {
    status: 404,
    meaning: "No built-in image has this id.",
    remedy: "Use an id of `images`.",
  },
  MODEL_NOT_FOUND: {
    status: 404,
    meaning: "No served model has this id.",
    remedy: "Use an id of `models`.",
  },
  UNSUPPORTED_IMAGE: {
    status: 415,
    meaning: "An image cannot be decoded.",
    remedy: "Send a PNG; for other formats, start the origin.",
  },
  INPUT_TOO_LARGE: {
    status: 413,
    meaning: "The request, or an image in it, exceeds a limit.",
    remedy: "Split the request, or send a smaller image.",
  },
  BACKEND_UNAVAILABLE: {
    status: 503,
    meaning: "A backend, or the side that runs it, is not available now.",
    remedy: "Read `reason` in `health { backends }`, or choose another backend.",
  },
  BACKEND_FAILED: {
    status: 500,
    meaning: "A backend or peer ran and failed.",
    remedy: "Read the message; it quotes the runtime's error.",
  },
  PEER_INCONSISTENT: {
    status: 502,
    meaning: "A peer gave two different answers to the same request, so its answers are not compared.",
    remedy: "Set `;concurrency=1` for this peer in PEERS, or fix the peer.",
  },
  ORIGIN_UNREACHABLE: {
    status: 502,
    meaning: "The edge cannot reach the origin.",
    remedy: "Start the origin, or correct ORIGIN_URL.",
  },
  OVERLOADED: {
    status: 503,
    meaning: "A backend has too much work waiting, or this side runs as many traces or sweeps as it can.",
    remedy: "Retry after `retryAfterSeconds`, which is in `extensions`.",
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning: "The token is wrong, or a required token is missing.",
    remedy: "Send `authorization: Bearer` with ORIGIN_TOKEN.",
  },
  TIMEOUT: {
    status: 504,
    meaning: "The request exceeded its deadline, or the other side, a backend or a peer did not respond in time.",
    remedy: "Retry, with fewer images if there were many, or with a later deadline.",
  },
} as const satisfies Readonly<Record<string, ErrorFacts>>);

/** Every way isobit refuses or fails, as callers see it in `extensions.code`. */
export type ErrorCode = keyof typeof ERROR_CODES;

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

interface HttpFacts {
  /** Default: the code's. */
  readonly status?: number;
  /** In addition to those that every response with this error has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The only error that reaches a caller unmasked. Its message says what is wrong and what to do; anything else that is
 * thrown is masked as INTERNAL.
 */
export class IsobitError<Code extends LibraryErrorCode = ErrorCode> extends Error {
  override readonly name = "IsobitError";
  readonly code: Code;
  /** Additional fields of `extensions`, e.g. `retryAfterSeconds` with OVERLOADED. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Of a request that HTTP's own rules refuse. */
  readonly http: HttpFacts;

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>>; http?: HttpFacts } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.http = options.http ?? {};
  }
}

/** What the library throws. */
export type LibraryError = IsobitError<LibraryErrorCode>;

/** The HTTP status of a response with this error. */
export function httpStatus({ code, http }: IsobitError): number {
  return http.status ?? ERROR_CODES[code].status;
}

/** The headers that belong to a response with this error, such as `retry-after`, in seconds. */
export function headersOf({ details: { retryAfterSeconds }, http }: IsobitError): Readonly<Record<string, string>> {
  return {
    ...http.headers,
    ...(typeof retryAfterSeconds === "number" && { "retry-after": String(retryAfterSeconds) }),
  };
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(ERROR_CODES, code);
}

/** The message of anything that was thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
