import { IsobitError } from "#core/errors.ts";
import { checkToken } from "../caller.ts";
import { refusal } from "../wire-errors.ts";
import type { SideMetrics } from "./side-metrics.ts";

/** GET /metrics. Where the sides have a token, a scraper needs it too: what a service is asked is not for everyone. */
export function metricsTo(request: Request, token: string | undefined, metrics: SideMetrics): Response {
  try {
    checkToken(request, { token, anonymous: token === undefined });
    return metrics.response();
  } catch (error) {
    if (error instanceof IsobitError) return refusal(error);
    throw error;
  }
}
