import type { Plugin } from "graphql-yoga";
import { IsobitError } from "#core/errors.ts";

/**
 * One variable of type Bytes as the body itself: POST /graphql?query=…&variables=…&body=<name of the variable>. As base64
 * in JSON it would be a third larger, and a string before it is bytes (docs/decisions/0004-bytes-between-the-sides.md).
 */
export const RAW_BODY_TYPE = "application/octet-stream";

/** Teaches Yoga such bodies. Whatever the query asks for is answered as ever. */
export const rawBodies: Plugin = {
  onRequestParse({ request, url, setRequestParser }) {
    if (request.method !== "POST" || request.headers.get("content-type") !== RAW_BODY_TYPE) return;
    const asked = new URL(url.href).searchParams;
    setRequestParser(async (posted) => {
      const variables = variablesOf(asked.get("variables"));
      const bytes = new Uint8Array(await posted.arrayBuffer());
      return { query: asked.get("query") ?? "", variables: { ...variables, [nameOf(asked.get("body"))]: bytes } };
    });
  },
};

/** @throws IsobitError BAD_INPUT */
function nameOf(name: string | null): string {
  if (name !== null && /^[_A-Za-z]\w*$/.test(name)) return name;
  throw new IsobitError("BAD_INPUT", "A body of raw bytes needs `body=` in the URL: the variable that it is for.");
}

/** @throws IsobitError BAD_INPUT */
function variablesOf(text: string | null): Record<string, unknown> {
  try {
    const variables: unknown = JSON.parse(text ?? "{}");
    if (typeof variables === "object" && variables !== null && !Array.isArray(variables)) return { ...variables };
  } catch {
    // Said below.
  }
  throw new IsobitError("BAD_INPUT", "`variables` in the URL is no JSON object.");
}
