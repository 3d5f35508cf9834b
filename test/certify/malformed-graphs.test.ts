import fc from "fast-check";
import { expect, test } from "vitest";
import { certify } from "#core/certify/certify.ts";
import { malformed } from "./generate/malformed.ts";

/* A malformed graph may be refused in any words, but never crash. */

test("a malformed graph is refused with a reason", () => {
  fc.assert(
    fc.property(malformed, ({ model, domain }) => {
      const certification = certify(model, domain);
      if (!certification.certified) expect(certification.firstFailure.reason).toMatch(/\S/);
    }),
    { numRuns: 20_000 },
  );
});
