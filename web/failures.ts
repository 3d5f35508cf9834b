import type { CombinedError } from "urql";
import type { ErrorCode } from "#core/errors.ts";
import { plural } from "./format.ts";
import type { Report } from "./queries.ts";

/** Something that went wrong, as the banner shows it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** What the reader can do. */
  readonly advice: string;
  /** Which backend failed, and for how many images; null where the whole query failed. */
  readonly extent: string | null;
}

/** The page's own code beside the schema's: no answer came at all, or none that is GraphQL. */
const EDGE_UNREACHABLE = "EDGE_UNREACHABLE";

/** Bits differ where a proof says that they cannot: shown louder than anything else. */
const CERTIFICATE_VIOLATED = "CERTIFICATE_VIOLATED";

/** Whether a failure is that alarm. */
export function isAlarm({ code }: Failure): boolean {
  return code === CERTIFICATE_VIOLATED;
}

const ADVICE: Readonly<Record<ErrorCode | typeof EDGE_UNREACHABLE | "INTERNAL" | "CERTIFICATE_VIOLATED", string>> = {
  EDGE_UNREACHABLE:
    "Where `npm start` still runs, the edge comes back by itself in a moment; else start it so. Then run again.",
  ORIGIN_UNREACHABLE: "Everything the edge holds itself still works. Run again once the origin is back.",
  UNAUTHENTICATED: "Start both sides with the same ORIGIN_TOKEN, then run again.",
  TIMEOUT: "The other side took too long; it may still be starting. Run again in a moment.",
  OVERLOADED: "The other side has too much to do. Run again in a moment.",
  BACKEND_UNAVAILABLE: "The list of backends below says why it is not available.",
  BACKEND_FAILED: "The log of the side that holds this backend has the details.",
  PEER_INCONSISTENT: "The peer answers the same image in different ways; ask its operator.",
  MODEL_NOT_FOUND: "Choose another model; the list may have changed since this page was loaded.",
  IMAGE_NOT_FOUND: "Reload the page; the list of images may have changed.",
  UNSUPPORTED_IMAGE: "Convert the image to PNG, which both sides decode.",
  INPUT_TOO_LARGE: "Ask for fewer or smaller images at once.",
  BAD_INPUT: "Reload the page; it may be older than the edge it talks to.",
  CERTIFICATE_VIOLATED: "Keep the report (`npm run parity`): it holds the model, the input and both answers.",
  INTERNAL: "The edge's log has the details under the id in the message.",
};

/** Why a query has no answer. One entry an error. */
export function failuresOf(error: CombinedError | undefined): Failure[] {
  if (!error) return [];
  if (error.graphQLErrors.length === 0) {
    const message = `The edge did not answer the query (${error.networkError?.message ?? error.message}).`;
    return [failure(EDGE_UNREACHABLE, message, null)];
  }
  return error.graphQLErrors.map(({ message, extensions }) =>
    failure(String(extensions["code"] ?? "INTERNAL"), message, null),
  );
}

/** An error that came inside of an answer or arose on the page itself, as the one entry that it is. */
export function asFailures({ code, message }: { readonly code: string; readonly message: string }): Failure[] {
  return [failure(code, message, null)];
}

/** The loudest alarm there is: bits differ where a proof says that they cannot. */
export function brokenCertificates(report: Pick<Report, "certificateViolations"> | undefined): Failure[] {
  return (report?.certificateViolations ?? []).flatMap(asFailures);
}

/** Why single outputs of a report are missing, equal reasons of one backend told once. */
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

/** Equal failures of several queries are one failure to the reader. */
export function distinct(failures: readonly Failure[]): Failure[] {
  return [...new Map(failures.map((each) => [JSON.stringify(each), each])).values()];
}

function failure(code: string, message: string, extent: string | null): Failure {
  const advice = Object.hasOwn(ADVICE, code) ? ADVICE[code as keyof typeof ADVICE] : ADVICE.INTERNAL;
  return { code, message, advice, extent };
}
