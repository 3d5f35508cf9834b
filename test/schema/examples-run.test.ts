import { buildSchema, getNamedType, isObjectType, parse, TypeInfo, validate, visit, visitWithTypeInfo } from "graphql";
import { describe, expect, it } from "vitest";
import { EXAMPLES } from "#schema/examples.ts";
import { printedSchema } from "#schema/print.ts";

const schema = buildSchema(printedSchema());

/** Fields for the other side of the split, which no person asks for. */
const NOT_FOR_PEOPLE = /^(Held|HeldInference|HeldFailure|HeldTensor|DecodedImage)\.|^Query\.held$/;

describe("GraphiQL's example queries", () => {
  it.each(EXAMPLES)("$name is valid", ({ query }) => {
    expect(validate(schema, parse(query))).toEqual([]);
  });

  it("together ask for every field", () => {
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
        Object.keys(isObjectType(type) ? type.getFields() : {}).map((field) => `${type.name}.${field}`),
      )
      .filter((field) => !NOT_FOR_PEOPLE.test(field));
    // The same types hang from several places; being asked for once is enough.
    expect(all.filter((field) => !asked.has(field))).toEqual([]);
    expect(getNamedType(schema.getQueryType()?.getFields()["parity"]?.type)?.name).toBe("ParityReport");
  });
});
