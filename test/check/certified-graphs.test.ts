import fc from "fast-check";
import { describe as group, expect, test } from "vitest";
import { assumptionSentences, type AssumptionKey } from "#core/certify/assumptions.ts";
import { checkCertificate, RULES as CHECKED } from "#core/check/check.ts";
import { ASSUMED } from "#core/check/statements.ts";
import { RULES } from "#core/certify/rules/index.ts";
import { canonical } from "#core/onnx/canonical.ts";
import { malformed } from "../certify/generate/malformed.ts";
import { domain as inputs, modelWith } from "../certify/reasons.ts";
import { describe } from "../certify/graphs/sketch.ts";
import { IN_BITS, IN_CLAIMS } from "../certify/counterexamples.ts";
import { FOUND_BY_BITS, FOUND_BY_CLAIMS } from "../certify/weakened.ts";
import { certifiedGraphs, documentOf, graphCount } from "./documents.ts";

const LONG_MS = 1_800_000;

test("the checker and the prover know the same operators", () => {
  expect([...CHECKED.keys()].toSorted()).toEqual([...RULES.keys()].toSorted());
});

test("the checker knows each of the prover's assumptions by its phrase", () => {
  const sentences = assumptionSentences(new Set(Object.keys(ASSUMED) as AssumptionKey[]));
  expect(sentences.map((sentence) => Object.values(ASSUMED).filter((phrase) => sentence.includes(phrase)))).toEqual(
    Object.values(ASSUMED).map((phrase) => [phrase]),
  );
});

const count = graphCount(600);

test(`the checker accepts ${count} random certified graphs`, { timeout: LONG_MS }, () => {
  const rejected = certifiedGraphs("accepted", count).flatMap(({ model, certificate }) => {
    const checked = checkCertificate(model, certificate);
    return checked.accepted ? [] : [`${checked.where}: ${checked.reason}\n${describe(model)}`];
  });
  expect(rejected).toEqual([]);
});

group("the checker catches a weakened rule of the prover", () => {
  const cases = [
    ...Object.entries(FOUND_BY_BITS).map(([what, options]) => [what, options, IN_BITS[what]!] as const),
    ...Object.entries(FOUND_BY_CLAIMS).map(([what, options]) => [what, options, IN_CLAIMS[what]!] as const),
  ];

  test.each(cases)("%s", (_what, options, { specimen: { model, domain } }) => {
    const certificate = documentOf(model, domain, options);
    expect(certificate).not.toBeNull();
    expect(checkCertificate(model, certificate)).toMatchObject({ accepted: false });
  });

  test.each(cases)("and accepts what the real rules say of the same graph: %s", (_what, _options, { specimen }) => {
    const certificate = documentOf(specimen.model, specimen.domain);
    if (certificate !== null) expect(checkCertificate(specimen.model, certificate)).toEqual({ accepted: true });
  });
});

test("a malformed graph is rejected with a reason, with any certificate", () => {
  const template = documentOf(
    modelWith((sketch) => sketch.node("Relu", ["x"])),
    inputs([1]),
  ) as Record<string, unknown>;
  fc.assert(
    fc.property(malformed, (specimen) => {
      const { model } = canonical(specimen.model);
      const { shape } = specimen.domain;
      const dims = shape.map((size, axis) => (size < 0 ? `N${axis}` : size));
      const claim = { tensor: "x", type: "float32", dims, ranges: [[0, 0, 255, 255]], mayBeNegativeZero: false };
      const [node] = template["nodes"] as readonly unknown[];
      const checked = checkCertificate(model, {
        ...template,
        opset: model.opsets.get("")!,
        domain: { input: "x", ...specimen.domain },
        nodes: model.graph.nodes.map(() => node),
        claims: [claim],
      });
      expect(checked).toMatchObject({ accepted: false, reason: expect.stringMatching(/\S/) });
    }),
    { numRuns: 20_000 },
  );
});
