/**
 * Whether a page is wanted rather than JSON: a browser names text/html, and scripts name JSON, anything or nothing.
 * @param accept the header, whose ranges may carry weights (RFC 9110, 12.5.1)
 */
export function prefersPage(accept: string | null): boolean {
  const page = weightOf("text/html", accept);
  return page > 0 && page >= weightOf("application/json", accept);
}

/** 0 where the type is not named as such: a wildcard is no wish. */
function weightOf(type: string, accept: string | null): number {
  for (const range of (accept ?? "").split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return weight === undefined ? 1 : Number(weight) || 0;
  }
  return 0;
}
