import type { Host } from "#core/host.ts";

/** What every resolver is handed. */
export interface Context {
  readonly host: Host;
  /** Seconds since this side started serving. */
  uptimeSeconds(): number;
  /** The caller proved to be the other side: its token was right. */
  readonly fromOtherSide: boolean;
  /** The HTTP request, as Yoga adds it. */
  readonly request?: Request;
  /** False where this side was started without a token, so that nobody can prove to be the other side. */
  readonly tokenConfigured: boolean;
}
