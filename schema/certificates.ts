import type {
  Certificate as CertificateProof,
  CertifiedNode as CertifiedNodeProof,
  Spoiler as SpoilerProof,
} from "#core/certify/certificate.ts";
import { builder } from "./builder.ts";

const CertifiedNode = builder.objectRef<CertifiedNodeProof>("CertifiedNode").implement({
  description: "One node of the graph and what the proof says of it.",
  fields: (t) => ({
    name: t.exposeString("name"),
    op: t.exposeString("op"),
    exact: t.exposeBoolean("exact"),
    reason: t.exposeString("reason", { description: "Why it is exact, by the rule used, or why not." }),
    grid: t.exposeInt("grid", {
      nullable: true,
      description: "Every element of its output is a multiple of 2^grid; null where it holds no float32.",
    }),
    lowest: t.float({ nullable: true, resolve: ({ interval }) => interval?.[0] ?? null }),
    highest: t.float({ nullable: true, resolve: ({ interval }) => interval?.[1] ?? null }),
    boundUnits: t.float({
      nullable: true,
      description: "What the absolute values of its worst channel's sum can reach, in units of its grid; below 2^24.",
      resolve: ({ bound }) => bound?.units ?? null,
    }),
  }),
});

const Spoiler = builder.objectRef<SpoilerProof>("Spoiler").implement({
  description: "A node that keeps a certificate from saying more.",
  fields: (t) => ({ node: t.exposeString("node"), reason: t.exposeString("reason") }),
});

export const Certificate = builder.objectRef<CertificateProof>("Certificate").implement({
  description: "The proof that a model's logits have the same bits on every conforming backend.",
  fields: (t) => ({
    inputDomain: t.exposeString("inputDomain", {
      description: "The inputs that the proof speaks of, e.g. integers 0 to 255.",
    }),
    anyAlgorithm: t.exposeBoolean("anyAlgorithm", {
      description: "True if it holds for every convolution algorithm, Winograd and FFT included.",
    }),
    tf32Safe: t.exposeBoolean("tf32Safe", { description: "True if it holds with TF32 factors." }),
    headroomUsed: t.exposeFloat("headroomUsed", {
      description: "The largest share of float32's 2^24 exact integers that any output channel can reach, 0 to 1.",
    }),
    assumptions: t.field({ type: ["String"], resolve: ({ assumptions }) => [...assumptions] }),
    otherAlgorithms: t.field({
      type: [Spoiler],
      description: "The nodes that keep anyAlgorithm false.",
      resolve: ({ otherAlgorithms }) => [...otherAlgorithms],
    }),
    tooWideForTf32: t.field({
      type: [Spoiler],
      description: "The nodes that keep tf32Safe false.",
      resolve: ({ tooWideForTf32 }) => [...tooWideForTf32],
    }),
    webgpuFaults: t.field({
      type: [Spoiler],
      description:
        "The nodes that this version's WebGPU provider is known to compute wrongly: the certificate does not cover WEBGPU then.",
      resolve: ({ webgpuFaults }) => [...webgpuFaults],
    }),
    nodes: t.field({ type: [CertifiedNode], resolve: ({ nodes }) => [...nodes] }),
  }),
});
