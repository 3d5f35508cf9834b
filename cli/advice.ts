import { isErrorCode, type ErrorCode } from "#core/errors.ts";

const ADVICE: Readonly<Record<ErrorCode, string>> = Object.freeze({
  BAD_INPUT: "Correct the input; the message says what is wrong with it.",
  IMAGE_NOT_FOUND: "Ask for one of those that the message lists.",
  MODEL_NOT_FOUND: "Give both sides the same MODEL, and correct --model.",
  UNSUPPORTED_IMAGE: "Convert the image to PNG.",
  INPUT_TOO_LARGE: "Send a smaller image, or fewer at once.",
  BACKEND_UNAVAILABLE: "Ask another backend, or give the machine what the message asks for.",
  BACKEND_FAILED: "The side's own log has the details; if it stays, ask another backend.",
  PEER_INCONSISTENT: "Ask the service's operator: an answer must depend on the input alone.",
  ORIGIN_UNREACHABLE: "Ask again once the origin is back.",
  OVERLOADED: "Ask again in a moment, or for fewer images at once.",
  UNAUTHENTICATED: "Start both sides with the same ORIGIN_TOKEN (npm start does).",
  TIMEOUT: "Ask again, or for fewer images at once.",
});

/** What a person can do about a backend's error. */
export function adviceFor(code: string): string {
  return isErrorCode(code) ? ADVICE[code] : "The side's own log has more.";
}
