import type { Call } from "#core/call.ts";
import type { Host } from "#core/host.ts";

/** Passed to every resolver. */
export interface Context {
  /** As this request sees it: its work is the request's, and ends with it. */
  readonly host: Host;
  readonly call: Call;
  /** Seconds since this side started serving. */
  uptimeSeconds(): number;
  /** The HTTP request, as Yoga adds it. */
  readonly request?: Request;
}
