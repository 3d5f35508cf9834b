import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { printedSchema } from "#schema/print.ts";

describe("schema.graphql", () => {
  it("is what the code prints; `npm run print:schema` renews it", async () => {
    const committed = await readFile(new URL("../../schema/schema.graphql", import.meta.url), "utf8");
    expect(committed.trimEnd()).toBe(printedSchema().trimEnd());
  });
});
