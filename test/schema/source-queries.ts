import { glob, readFile } from "node:fs/promises";
import { buildSchema, type GraphQLSchema, parse, Source, validate } from "graphql";

const ROOT = new URL("../../", import.meta.url);
/** Each `graphql` takes one literal, so that a query can be read where it stands. */
const QUERY = /\bgraphql\(\s*`([^`]*)`/g;
const CALL = /\bgraphql\(/g;

/** Every query in the sources of the page, the command and the library, each with its file and place. */
export async function sourceQueries(): Promise<Source[]> {
  const sources: Source[] = [];
  for await (const path of glob("{web,cli,library}/**/*.{ts,tsx}", { cwd: ROOT })) {
    sources.push(...queriesIn(path, await readFile(new URL(path, ROOT), "utf8")));
  }
  return sources;
}

/** @throws Error where a query is not written as one template, so that it cannot be read from the source */
export function queriesIn(path: string, code: string): Source[] {
  const found = [...code.matchAll(QUERY)].map(({ 0: call, 1: text = "", index }) => {
    const before = code.slice(0, index + call.indexOf("`") + 1).split("\n");
    return new Source(text, path, { line: before.length, column: (before.at(-1) ?? "").length + 1 });
  });
  const calls = [...code.matchAll(CALL)].length;
  if (found.length < calls)
    throw new Error(`${path}: write each query as graphql(\`…\`), one template and nothing else.`);
  return found;
}

/** What the committed schema says against it, with file, line and column; empty: nothing. */
export function faultsOf(schema: GraphQLSchema, query: Source): string[] {
  try {
    return validate(schema, parse(query)).map(String);
  } catch (error) {
    return [String(error)];
  }
}

export async function committedSchema(): Promise<GraphQLSchema> {
  return buildSchema(await readFile(new URL("schema/schema.graphql", ROOT), "utf8"));
}
