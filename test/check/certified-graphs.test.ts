import { describe as group, expect, test } from "vitest";
import { assumptionSentences, type AssumptionKey } from "#core/certify/assumptions.ts";
import { checkCertificate } from "#core/check/check.ts";
import { RULES as CHECKED } from "#core/check/rules.ts";
import { ASSUMED } from "#core/check/statements.ts";
import { RULES } from "#core/certify/rules/index.ts";
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
