import {
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from "graphql";
import { describe, expect, it } from "vitest";
import { printedSchema } from "#schema/print.ts";

/* Everything in the public schema is described, in plain sentences. */

const schema = buildSchema(printedSchema());

interface Described {
  readonly place: string;
  readonly description: string | null | undefined;
}

function partsOf(type: GraphQLNamedType): Described[] {
  const { name, description } = type;
  const own = { place: name, description };
  if (isEnumType(type)) {
    return [own, ...type.getValues().map((value) => ({ ...value, place: `${name}.${value.name}` }))];
  }
  if (isInputObjectType(type)) {
    return [own, ...Object.values(type.getFields()).map((field) => ({ ...field, place: `${name}.${field.name}` }))];
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [own];
  return [
    own,
    ...Object.values(type.getFields()).flatMap((field) => [
      { ...field, place: `${name}.${field.name}` },
      ...field.args.map((arg) => ({ ...arg, place: `${name}.${field.name}(${arg.name}:)` })),
    ]),
  ];
}

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith("__") && !(isScalarType(type) && isSpecifiedScalarType(type)),
);
const parts = types.flatMap(partsOf);

describe("the public schema", () => {
  it("has a description on every type, field, argument and value", () => {
    expect(parts.length).toBeGreaterThan(300);
    expect(parts.filter(({ description }) => !description?.trim()).map(({ place }) => place)).toEqual([]);
  });

  it("describes each as sentences, which end", () => {
    // A formula is not a sentence.
    const FORMULA = /^\|a - b\|/;
    const open = parts.filter(({ description }) => !FORMULA.test(description!) && !/[.…]$/.test(description!));
    expect(open.map(({ place, description }) => `${place}: ${description}`)).toEqual([]);
  });

  it("says where each scalar of its own is specified", () => {
    const scalars = types.filter((type) => isScalarType(type));
    expect(scalars.map(({ name }) => name).toSorted()).toEqual(["Bytes", "DateTime", "Sha256"]);
    for (const { specifiedByURL } of scalars) expect(specifiedByURL).toMatch(/^https:\/\//);
  });

  it("says what to use instead of what is deprecated", () => {
    const deprecated = parts.flatMap((part) => {
      const { deprecationReason } = part as { deprecationReason?: string | null };
      return deprecationReason == null ? [] : [[part.place, deprecationReason]];
    });
    expect(deprecated.map(([place]) => place)).toEqual(["PeerStatus.protocol"]);
    for (const [, reason] of deprecated) expect(reason).toMatch(/^Use `\w+`/);
  });
});
