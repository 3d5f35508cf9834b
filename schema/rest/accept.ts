/**
 * True if the caller prefers a page to JSON: a browser lists text/html, a script lists JSON, a wildcard or nothing.
 * @param accept the header, whose ranges may carry weights (RFC 9110, 12.5.1)
 */
export function prefersPage(accept: string | null): boolean {
  const page = weightOf("text/html", accept);
  return page > 0 && page >= weightOf("application/json", accept);
}

/** The weight of a name in a header such as `accept`; 0 if it is not listed. Wildcards do not count. */
export function weightOf(type: string, accept: string | null): number {
  for (const range of (accept ?? "").split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return weight === undefined ? 1 : Number(weight) || 0;
  }
  return 0;
}
