import { expect, test } from "vitest";
import { certify } from "#core/certify/certify.ts";
import { domain, IMAGE, modelWith } from "./reasons.ts";

test.each([
  [-5, 7, [-1, 1]],
  [-5, -2, [-1, -1]],
  [-5, 0, [-1, 0]],
  [0, 7, [0, 1]],
  [2, 7, [1, 1]],
] as const)("the Sign of eighths from %i to %i lies in %j, on the grid of integers", (lo, hi, interval) => {
  const model = modelWith((sketch) => sketch.node("Sign", ["x"]));
  const certification = certify(model, domain(IMAGE, lo, hi, -3));
  expect(certification).toMatchObject({ certified: true, certificate: { nodes: [{ op: "Sign", grid: 0, interval }] } });
});
