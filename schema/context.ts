import type { Host } from "#core/host.ts";

/** Passed to every resolver. */
export interface Context {
  readonly host: Host;
  /** Seconds since this side started serving. */
  uptimeSeconds(): number;
  /** The HTTP request, as Yoga adds it. */
  readonly request?: Request;
}
