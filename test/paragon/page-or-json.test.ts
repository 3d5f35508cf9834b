import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefersPage } from "#schema/rest/accept.ts";

describe("who gets the page at /", () => {
  it.each([
    "text/html",
    "TEXT/HTML",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "application/json;q=0.5, text/html",
    "application/json, text/html",
    "text/html;charset=utf-8;q=0.9",
  ])("a caller that accepts %s", (accept) => expect(prefersPage(accept)).toBe(true));

  it.each([
    null,
    "",
    "*/*",
    "text/*",
    "application/json",
    "text/plain, */*",
    "text/html;q=0",
    "text/html;q=0, */*",
    "text/html;q=nonsense",
    "application/json, text/html;q=0.9",
    "application/text/html",
  ])("not a caller that accepts %s", (accept) => expect(prefersPage(accept)).toBe(false));

  it("the more serious of the two decides, and a page if they are equal", () => {
    const weight = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(weight, weight, fc.boolean(), (page, json, pageFirst) => {
        const ranges = [`text/html;q=${page}`, `application/json;q=${json}`];
        const accept = (pageFirst ? ranges : ranges.toReversed()).join(", ");
        expect(prefersPage(accept)).toBe(page > 0 && page >= json);
      }),
    );
  });

  it("accepts any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (accept) => typeof prefersPage(accept) === "boolean"));
  });
});
