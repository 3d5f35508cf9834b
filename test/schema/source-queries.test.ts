import { getOperationAST, type GraphQLSchema, parse, Source } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { committedSchema, faultsOf, sourceQueries, queriesIn } from "./source-queries.ts";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await committedSchema();
});

describe("the queries of the page, the command and the library", () => {
  it("are found in the sources, and the committed schema has nothing against them", async () => {
    const queries = await sourceQueries();
    const names = queries.map((query) => getOperationAST(parse(query))?.name?.value);
    expect(names).toEqual(
      expect.arrayContaining(["Catalogue", "Health", "Parity", "Models", "Trace", "PredictSketch", "CompareSketch"]),
    );
    expect(queries.flatMap((query) => faultsOf(schema, query))).toEqual([]);
  });

  it.each([
    ["an argument that does not exist", "{ parity(modell: 1) { total } }", 'Unknown argument "modell"'],
    ["a variable declared as what it is not", "query ($m: Int) { parity(model: $m) { total } }", 'type "Int" used in'],
    ["a fragment that does not exist", "{ models { ...facts } }", 'Unknown fragment "facts"'],
    ["text that is not GraphQL", "{ models { id }", "Syntax Error"],
  ])("%s is said, with its place", (_name, text, part) => {
    const code = `const A = 1;\nexport const Q = graphql(\`${text}\`);\n`;
    const faults = queriesIn("web/some.ts", code).flatMap((query) => faultsOf(schema, query));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(part);
    expect(faults[0]).toMatch(/web\/some\.ts:2:\d+/);
  });

  it("must each be one template, so that none is passed over", () => {
    expect(() => queriesIn("web/some.ts", "graphql(text)")).toThrow(/web\/some\.ts: write each query as/);
    expect(queriesIn("web/some.ts", "graphql(`{ a }`); graphql(\n  `{ b }`)")).toEqual([
      new Source("{ a }", "web/some.ts", { line: 1, column: 10 }),
      new Source("{ b }", "web/some.ts", { line: 2, column: 4 }),
    ]);
  });
});
