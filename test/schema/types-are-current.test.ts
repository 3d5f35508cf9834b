import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { printedTypes } from "#schema/print-types.ts";

describe("schema/schema-types.ts, from which queries are typed", () => {
  it("is what the code prints; `npm run print:types` renews it", async () => {
    const committed = await readFile(new URL("../../schema/schema-types.ts", import.meta.url), "utf8");
    expect(committed.trimEnd()).toBe(printedTypes().trimEnd());
  });
});
