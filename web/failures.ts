import type { CombinedError } from "urql";
import type { ErrorCode } from "#core/errors.ts";
import { plural } from "./format.ts";
import type { Report } from "./queries.ts";

/** An error, as the banner shows it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** What the user can do. */
  readonly advice: string;
  /** The backend that failed, and for how many images; null if the whole query failed. */
  readonly extent: string | null;
}

/** The page's own code, in addition to the schema's: no response arrived, or one that is not GraphQL. */
const EDGE_UNREACHABLE = "EDGE_UNREACHABLE";

/** Bits differ although a certificate proves them equal: shown louder than anything else. */
const CERTIFICATE_VIOLATED = "CERTIFICATE_VIOLATED";

export function isAlarm({ code }: Failure): boolean {
  return code === CERTIFICATE_VIOLATED;
}

const ADVICE: Readonly<Record<ErrorCode | typeof EDGE_UNREACHABLE | "INTERNAL" | "CERTIFICATE_VIOLATED", string>> = {
  EDGE_UNREACHABLE:
    "If `isobit start` is still running, the edge recovers by itself. Otherwise start it again. Then run again.",
  ORIGIN_UNREACHABLE: "The edge's own backends still work. Run again once the origin is back.",
  UNAUTHENTICATED: "Start both sides with the same ORIGIN_TOKEN, then run again.",
  TIMEOUT: "The other side took too long; it may still be starting. Run again in a moment.",
  OVERLOADED: "The other side is busy. Run again in a moment.",
  BACKEND_UNAVAILABLE: "The list of backends on this page gives the reason.",
  BACKEND_FAILED: "See the log of the side that runs this backend.",
  PEER_INCONSISTENT: "The peer gives different results for the same image; contact its operator.",
  MODEL_NOT_FOUND: "Choose another model; the list may have changed since this page was loaded.",
  IMAGE_NOT_FOUND: "Reload the page; the list of images may have changed.",
  UNSUPPORTED_IMAGE: "Convert the image to PNG, which both sides can decode.",
  INPUT_TOO_LARGE: "Use fewer or smaller images.",
  BAD_INPUT: "Reload the page; it may be older than the edge.",
  CERTIFICATE_VIOLATED: "Keep the report (`npm run parity`): it contains the model, the input and both outputs.",
  INTERNAL: "For details, search the edge's log for the id in this message.",
};

/** Why a query failed: one entry per error. */
export function failuresOf(error: CombinedError | undefined): Failure[] {
  if (!error) return [];
  if (error.graphQLErrors.length === 0) {
    const message = `The edge did not respond to the query (${error.networkError?.message ?? error.message}).`;
    return [failure(EDGE_UNREACHABLE, message, null)];
  }
  return error.graphQLErrors.map(({ message, extensions }) =>
    failure(String(extensions["code"] ?? "INTERNAL"), message, null),
  );
}

/** An error that is part of a response, or was raised on the page itself. */
export function asFailures({ code, message }: { readonly code: string; readonly message: string }): Failure[] {
  return [failure(code, message, null)];
}

export function brokenCertificates(report: Pick<Report, "certificateViolations"> | undefined): Failure[] {
  return (report?.certificateViolations ?? []).flatMap(asFailures);
}

/** Why outputs of a report are missing. Equal reasons of one backend are one entry. */
export function missingOutputs(report: Report | undefined): Failure[] {
  if (!report) return [];
  const reasons = new Map<string, { source: string; code: string; message: string; images: number }>();
  for (const { source, error } of report.rows.flatMap((row) => row.outputs)) {
    if (!error) continue;
    const key = JSON.stringify([source, error.code, error.message]);
    const { code, message } = error;
    reasons.set(key, { source, code, message, images: (reasons.get(key)?.images ?? 0) + 1 });
  }
  return [...reasons.values()].map(({ source, code, message, images }) =>
    failure(code, message, `${source}, ${images} of ${plural(report.total, "image")}`),
  );
}

/** Equal failures of several queries are one failure. */
export function distinct(failures: readonly Failure[]): Failure[] {
  return [...new Map(failures.map((each) => [JSON.stringify(each), each])).values()];
}

function failure(code: string, message: string, extent: string | null): Failure {
  const advice = Object.hasOwn(ADVICE, code) ? ADVICE[code as keyof typeof ADVICE] : ADVICE.INTERNAL;
  return { code, message, advice, extent };
}
