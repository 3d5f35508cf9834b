import { z } from "zod/mini";
import { reject } from "./rejection.ts";

/*
 * The parts of a certificate that are checked, as its JSON holds them. Sentences for people are not: a proof does not rest
 * on its prose.
 */

const Text = z.string();
const Count = z.int().check(z.nonnegative());
const Dim = z.union([Count, Text]);
const Flag = z.boolean();
const Nodes = z.array(z.strictObject({ node: Text, reason: Text }));

const FloatClaim = z.strictObject({
  tensor: Text,
  type: z.literal("float32"),
  dims: z.array(Dim),
  // Not z.int(): units are counted beyond 2^53 where a coarse range meets a fine one.
  ranges: z.array(z.tuple([z.int(), z.number(), z.number(), z.number()])).check(z.minLength(1)),
  mayBeNegativeZero: Flag,
});

const IntegerClaim = z.strictObject({
  tensor: Text,
  type: z.literal("integers"),
  dims: z.array(Count),
  elements: z.array(z.union([z.int(), Text])),
});

const Node = z.strictObject({
  name: Text,
  op: Text,
  exact: z.literal(true),
  reason: Text,
  grid: z.nullable(z.int()),
  interval: z.nullable(z.tuple([z.number(), z.number()])),
  bound: z.nullable(z.strictObject({ units: Count, exponent: z.int(), channel: z.nullable(Count) })),
  mayBeNegativeZero: Flag,
});

const Certificate = z.looseObject({
  certified: z.literal(true),
  domain: z.strictObject({ shape: z.array(z.int()), exponent: z.int(), lo: z.int(), hi: z.int() }),
  inputDomain: Text,
  anyAlgorithm: Flag,
  tf32Safe: Flag,
  headroomUsed: z.number(),
  assumptions: z.array(Text),
  nodes: z.array(Node),
  otherAlgorithms: Nodes,
  tooWideForTf32: Nodes,
  webgpuFaults: Nodes,
  claims: z.array(z.discriminatedUnion("type", [FloatClaim, IntegerClaim])),
});

export type Certificate = z.infer<typeof Certificate>;
export type Claim = Certificate["claims"][number];
export type NodeReport = z.infer<typeof Node>;

/** @throws Rejection naming the key that is wrong */
export function readCertificate(json: unknown): Certificate {
  const read = z.safeParse(Certificate, json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return reject(`The certificate's ${issue?.path.join(".") || "JSON"} is not as the format says: ${issue?.message}.`);
}
