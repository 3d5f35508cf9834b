import { buildSchema, getNamedType, isObjectType, parse, TypeInfo, validate, visit, visitWithTypeInfo } from "graphql";
import { describe, expect, it } from "vitest";
import { EXAMPLES } from "#schema/examples.ts";
import { printedSchema } from "#schema/print.ts";

const schema = buildSchema(printedSchema());

describe("GraphiQL's example queries", () => {
  it.each(EXAMPLES)("$name is valid", ({ query }) => {
    expect(validate(schema, parse(query))).toEqual([]);
  });

  it("together select every field that is not deprecated", () => {
    const asked = new Set<string>();
    const info = new TypeInfo(schema);
    for (const { query } of EXAMPLES) {
      visit(
        parse(query),
        visitWithTypeInfo(info, {
          Field: ({ name }) => void asked.add(`${info.getParentType()?.name}.${name.value}`),
        }),
      );
    }
    const all = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !type.name.startsWith("__"))
      .flatMap((type) =>
        Object.values(isObjectType(type) ? type.getFields() : {})
          .filter(({ deprecationReason }) => deprecationReason == null)
          .map(({ name }) => `${type.name}.${name}`),
      );
    // Types are reachable by several paths; one is enough.
    expect(all.filter((field) => !asked.has(field))).toEqual([]);
    expect(getNamedType(schema.getQueryType()?.getFields()["parity"]?.type)?.name).toBe("ParityReport");
  });
});
