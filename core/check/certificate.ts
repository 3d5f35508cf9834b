import { z } from "zod/mini";
import { reject } from "./rejection.ts";

/* The JSON of a certificate, format "isobit-certificate/1". Its sentences are read but not checked. */

const Count = z.int().check(z.nonnegative());
const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const BlockingNodes = z.array(z.strictObject({ node: z.string(), reason: z.string() }));

const FloatClaim = z.strictObject({
  tensor: z.string(),
  type: z.literal("float32"),
  dims: z.array(z.union([Count, z.string()])),
  // Unit counts exceed 2^53 when a coarse range meets a fine one, so not all are safe integers.
  ranges: z.array(z.tuple([z.int(), z.number(), z.number(), z.number()])),
  mayBeNegativeZero: z.boolean(),
});

const IntegerClaim = z.strictObject({
  tensor: z.string(),
  type: z.literal("integers"),
  dims: z.array(Count),
  elements: z.array(z.union([z.int(), z.string()])),
});

const NodeReport = z.strictObject({
  name: z.string(),
  op: z.string(),
  exact: z.boolean(),
  reason: z.string(),
  grid: z.nullable(z.int()),
  interval: z.nullable(z.tuple([z.number(), z.number()])),
  bound: z.nullable(z.strictObject({ units: Count, exponent: z.int(), channel: z.nullable(Count) })),
  mayBeNegativeZero: z.boolean(),
});

const Certificate = z.strictObject({
  format: z.literal("isobit-certificate/1"),
  isobit: z.string(),
  model: z.string(),
  subject: z.strictObject({
    sha256: Sha256,
    executedSha256: Sha256,
    external: z.array(z.strictObject({ location: z.string(), sha256: Sha256 })),
    irVersion: z.int(),
    adaptations: z.array(z.string()),
  }),
  certified: z.literal(true),
  rules: z.int(),
  opset: z.int(),
  domain: z.strictObject({
    input: z.string(),
    shape: z.array(z.int().check(z.minimum(-1))),
    exponent: z.int(),
    lo: z.int(),
    hi: z.int(),
  }),
  inputDomain: z.string(),
  covers: z.array(z.strictObject({ backend: z.string(), optimizationLevels: z.array(z.string()) })),
  anyAlgorithm: z.boolean(),
  tf32Safe: z.boolean(),
  headroomUsed: z.number(),
  assumptions: z.array(z.string()),
  nodes: z.array(NodeReport),
  otherAlgorithms: BlockingNodes,
  tooWideForTf32: BlockingNodes,
  webgpuFaults: BlockingNodes,
  claims: z.array(z.discriminatedUnion("type", [FloatClaim, IntegerClaim])),
});

export type Certificate = z.infer<typeof Certificate>;
export type Claim = Certificate["claims"][number];
export type NodeReport = z.infer<typeof NodeReport>;

/** @throws Rejection naming the wrong key */
export function readCertificate(json: unknown): Certificate {
  const read = z.safeParse(Certificate, json);
  if (read.success) return read.data;
  if (typeof json !== "object" || json === null || !("certified" in json)) {
    return reject("It is not a certificate. `isobit certify --json` prints one.");
  }
  if (json.certified === false) return reject("It is a report on why a model is not certified, not a certificate.");
  const [issue] = read.error.issues;
  return reject(`${issue?.path.join(".") || "The certificate"} does not have the right format: ${issue?.message}.`);
}
