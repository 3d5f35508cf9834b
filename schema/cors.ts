/* Cross-origin requests of browsers. */

/** Sites whose pages may read the answers, as `origin` headers name them; "*": every site. */
export type AllowedOrigins = readonly string[];

const PREFLIGHT_MAX_AGE_S = 600;

export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

/** States what may be asked, not whether it would be answered; a browser does not send a token with this request. */
export function answerPreflight(request: Request, allowed: AllowedOrigins, methods: readonly string[]): Response {
  const headers = {
    "access-control-allow-methods": methods.join(", "),
    // The wildcard excludes authorization (Fetch, 4.8).
    "access-control-allow-headers": "*, authorization",
    "access-control-max-age": String(PREFLIGHT_MAX_AGE_S),
  };
  return share(request, new Response(null, { status: 204, headers }), allowed);
}

/** The same response, whose headers let pages of allowed sites read it: a copy would read its body through a stream. */
export function share(request: Request, response: Response, allowed: AllowedOrigins): Response {
  const { headers } = response;
  if (allowed.includes("*")) {
    headers.set("access-control-allow-origin", "*");
  } else if (allowed.length > 0) {
    const origin = request.headers.get("origin");
    if (origin !== null && allowed.includes(origin)) headers.set("access-control-allow-origin", origin);
    headers.append("vary", "origin");
  }
  return response;
}
