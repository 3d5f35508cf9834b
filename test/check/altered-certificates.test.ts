import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkCertificate } from "#core/check/check.ts";
import { canonical } from "#core/onnx/canonical.ts";
import { readModel } from "#core/onnx/read.ts";
import { seedOf, Tape } from "../certify/generate/tape.ts";
import { CNN_SHAPE, exactCnn } from "../certify/exact-cnn.ts";
import { altered } from "./alter.ts";
import { certifiedGraphs, documentOf, graphCount, type Certified } from "./documents.ts";

const LONG_MS = 1_800_000;
const MODELS = join(import.meta.dirname, "..", "..", "models");

const { model: SHIPPED } = canonical(readModel(new Uint8Array(readFileSync(join(MODELS, "digits-exact.onnx")))));
const GREY_LEVELS = { shape: SHIPPED.graph.inputs[0]!.shape!, exponent: 0, lo: 0, hi: 255 };
const shipped: Certified = { model: SHIPPED, domain: GREY_LEVELS, certificate: documentOf(SHIPPED, GREY_LEVELS) };

/** Alterations that the checker accepts, in words. */
function overlooked(
  { model, certificate }: Certified,
  name: string,
  count: number,
  within?: string,
): readonly string[] {
  const tape = new Tape(seedOf(name));
  return Array.from({ length: count }, () => altered(certificate, tape, within)).flatMap(
    ({ what, certificate: other }) => {
      expect(JSON.stringify(other)).not.toBe(JSON.stringify(certificate));
      return checkCertificate(model, other).accepted ? [what] : [];
    },
  );
}

test(
  "the shipped certificate is accepted, and rejected with any of 100 alterations of a claim",
  { timeout: LONG_MS },
  () => {
    expect(checkCertificate(shipped.model, shipped.certificate)).toEqual({ accepted: true });
    expect(overlooked(shipped, "claims of digits-exact", 100, "claims")).toEqual([]);
  },
);

test(
  "the shipped certificate is rejected with any of 100 alterations of what it says elsewhere",
  { timeout: LONG_MS },
  () => {
    expect(overlooked(shipped, "statements of digits-exact", 100)).toEqual([]);
  },
);

const count = graphCount(100);
const graphs = certifiedGraphs("altered", count);

test.each(["claims", "nodes", undefined])(
  `10 alterations of each of ${count} random certificates are rejected (%s)`,
  { timeout: LONG_MS },
  (within) => {
    const accepted = graphs.flatMap((graph, at) => overlooked(graph, `alteration ${within} ${at}`, 10, within));
    expect(accepted).toEqual([]);
  },
);

/** One alteration per kind of claim, so that none depends on chance. */
test.each<[string, (claim: Record<string, unknown>) => Record<string, unknown>]>([
  ["another grid", (claim) => withRange(claim, 0, -1)],
  ["a lower end", (claim) => withRange(claim, 1, 1)],
  ["an upper end", (claim) => withRange(claim, 2, -1)],
  ["fewer terms", (claim) => withRange(claim, 3, -1)],
  ["more terms", (claim) => withRange(claim, 3, 1)],
  ["no units", (claim) => ({ ...claim, ranges: [[0, 0.5, 0.5, 0.5]] })],
  ["the sign of zero", (claim) => ({ ...claim, mayBeNegativeZero: !claim["mayBeNegativeZero"] })],
  ["another rank", (claim) => ({ ...claim, dims: [...(claim["dims"] as unknown[]), 1] })],
  ["no rank", (claim) => ({ ...claim, dims: null })],
  ["another symbol", (claim) => ({ ...claim, dims: ["M", ...(claim["dims"] as unknown[]).slice(1)] })],
  ["another tensor", (claim) => ({ ...claim, tensor: "elsewhere" })],
  ["another type", (claim) => ({ tensor: claim["tensor"], type: "integers", dims: [1], elements: [0] })],
])("every claim of a certificate with %s is rejected", (_what, change) => {
  const model = exactCnn();
  const certificate = documentOf(model, { shape: CNN_SHAPE, exponent: 0, lo: 0, hi: 255 });
  const { claims } = certificate as { claims: readonly Record<string, unknown>[] };
  expect(checkCertificate(model, certificate)).toEqual({ accepted: true });
  const accepted = claims.filter((claim, at) => {
    const other = { ...(certificate as object), claims: claims.with(at, change(claim)) };
    return checkCertificate(model, other).accepted;
  });
  expect(accepted).toEqual([]);
});

function withRange(claim: Record<string, unknown>, part: number, by: number): Record<string, unknown> {
  const ranges = claim["ranges"] as readonly (readonly number[])[];
  return { ...claim, ranges: ranges.with(0, ranges[0]!.with(part, ranges[0]![part]! + by)) };
}

test("claims in another order, one claim too few and one too many are rejected", () => {
  const { model, certificate } = shipped;
  const { claims } = certificate as { claims: readonly unknown[] };
  const others = [claims.toReversed(), claims.slice(1), claims.slice(0, -1), [...claims, claims.at(-1)]];
  expect(
    others.filter((each) => checkCertificate(model, { ...(certificate as object), claims: each }).accepted),
  ).toEqual([]);
});

test.each([[null], [1], ["certificate"], [[]], [{}], [{ format: "isobit-certificate/1" }]])(
  "%j is not a certificate",
  (json) => {
    expect(checkCertificate(shipped.model, json)).toMatchObject({ accepted: false, where: "certificate" });
  },
);
