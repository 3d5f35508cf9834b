/* Cross-origin sharing: Paragon allows every site, so this face does, and nothing else of isobit. */

const PREFLIGHT_MAX_AGE_S = 600;

export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

/** Says what may be asked, not whether it would be answered; a browser sends no token with this request. */
export function permitPreflight(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": methods.join(", "),
      // The wildcard does not stand for authorization (Fetch, 4.8).
      "access-control-allow-headers": "*, authorization",
      "access-control-max-age": String(PREFLIGHT_MAX_AGE_S),
    },
  });
}

/** The same response: around another one its body would be read through a stream. */
export function shareWithEverybody(response: Response): Response {
  response.headers.set("access-control-allow-origin", "*");
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}
