import { isErrorCode, type ErrorCode } from "#core/errors.ts";

const ADVICE: Readonly<Record<ErrorCode, string>> = Object.freeze({
  BAD_INPUT: "Correct the input; the message says what is wrong.",
  IMAGE_NOT_FOUND: "Use one of the ids in the message.",
  MODEL_NOT_FOUND: "Start both sides with the same MODEL, or correct --model.",
  UNSUPPORTED_IMAGE: "Convert the image to PNG.",
  INPUT_TOO_LARGE: "Send a smaller image, or fewer images at once.",
  BACKEND_UNAVAILABLE: "Use another backend, or install what the message names.",
  BACKEND_FAILED: "The log of that side has the details. If it fails again, use another backend.",
  PEER_INCONSISTENT: "Report it to the service's operator: a response must depend on the input alone.",
  ORIGIN_UNREACHABLE: "Try again once the origin is running.",
  OVERLOADED: "Try again in a moment, or with fewer images at once.",
  UNAUTHENTICATED: "Start both sides with the same ORIGIN_TOKEN, as `isobit start` does.",
  TIMEOUT: "Try again, or with fewer images at once.",
});

/** What to do about a backend's error. */
export function adviceFor(code: string): string {
  return isErrorCode(code) ? ADVICE[code] : "The log of that side has the details.";
}
