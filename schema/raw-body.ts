import { type DocumentNode, Kind, parse, type TypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import { IsobitError, messageOf } from "#core/errors.ts";
import { MAX_QUERY_TOKENS } from "#core/limits.ts";

/**
 * One variable of type Bytes as the body itself: POST /graphql?query=…&variables=…&body=<name of the variable>. As base64
 * in JSON it would be a third larger, and a string before it is bytes (docs/decisions/0004-bytes-between-the-sides.md).
 */
export const RAW_BODY_TYPE = "application/octet-stream";

/** Teaches Yoga such bodies. Whatever the query asks for is answered as ever. */
export const rawBodies: Plugin = {
  onRequestParse({ request, url, setRequestParser }) {
    if (request.method !== "POST" || mediaType(request) !== RAW_BODY_TYPE) return;
    const asked = new URL(url.href).searchParams;
    setRequestParser(async (posted) => {
      const query = queryOf(asked.get("query"));
      const variables = variablesOf(asked.get("variables"));
      const name = nameOf(asked.get("body"));
      requireBytes(query, name);
      if (Object.hasOwn(variables, name))
        throw new IsobitError("BAD_INPUT", `$${name} is the body and a variable too.`);
      const bytes = new Uint8Array(await posted.arrayBuffer());
      const operationName = asked.get("operationName");
      return {
        query,
        variables: { ...variables, [name]: bytes },
        ...(operationName === null ? {} : { operationName }),
      };
    });
  },
};

function mediaType(request: Request): string | undefined {
  return request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
}

/** @throws IsobitError BAD_INPUT */
function queryOf(query: string | null): string {
  if (query !== null && query.trim() !== "") return query;
  throw new IsobitError("BAD_INPUT", "A body of raw bytes needs `query=` in the URL.");
}

/**
 * Any other type would refuse the bytes with all of them in its message, a line each: 20 MB then cost a minute.
 * @throws IsobitError BAD_INPUT unless every operation that declares the variable declares it as Bytes
 */
function requireBytes(query: string, name: string): void {
  const types = documentOf(query).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? (definition.variableDefinitions ?? []).filter(({ variable }) => variable.name.value === name)
      : [],
  );
  if (types.length > 0 && types.every(({ type }) => isBytes(type))) return;
  throw new IsobitError(
    "BAD_INPUT",
    `The body is raw bytes for $${name}; declare it as $${name}: Bytes! in the query.`,
  );
}

/** @throws IsobitError BAD_INPUT */
function documentOf(query: string): DocumentNode {
  try {
    return parse(query, { noLocation: true, maxTokens: MAX_QUERY_TOKENS });
  } catch (error) {
    throw new IsobitError("BAD_INPUT", messageOf(error), { cause: error });
  }
}

function isBytes(type: TypeNode): boolean {
  if (type.kind === Kind.NON_NULL_TYPE) return isBytes(type.type);
  return type.kind === Kind.NAMED_TYPE && type.name.value === "Bytes";
}

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
