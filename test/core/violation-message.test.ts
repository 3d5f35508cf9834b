import { expect, test } from "vitest";
import { violationMessage } from "#core/verdicts/violation.ts";

const claim = { model: "digits-exact", reference: "CPU", other: "WASM", differing: "3 logits", input: "image 7" };

test("a violated certificate is reported with the sources, the place and the possible fault", () => {
  expect(violationMessage(claim)).toBe(
    "CERTIFICATE_VIOLATED: digits-exact is proved to have the same bits on CPU and WASM, but 3 logits differ on image 7. A backend computes wrong results, or an assumption of the certificate does not hold there.",
  );
});

test("a caller can name the runtime that computed a side", () => {
  expect(violationMessage({ ...claim, suspect: "This browser or that backend" })).toContain(
    "on image 7. This browser or that backend computes wrong results, or an assumption",
  );
});
