import type {
  CertifiedNode as CertifiedNodeProof,
  CoveredBackend as CoveredBackendProof,
  BlockingNode as BlockingNodeProof,
} from "#core/certify/certificate.ts";
import type { CertifiedModel } from "#core/model/model.ts";
import type { ExternalFile } from "#core/onnx/external-file.ts";
import { Backend } from "./backends.ts";
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

const Spoiler = builder.objectRef<BlockingNodeProof>("Spoiler").implement({
  description: "A node that keeps a certificate from saying more.",
  fields: (t) => ({ node: t.exposeString("node"), reason: t.exposeString("reason") }),
});

const ExternalData = builder.objectRef<ExternalFile>("ExternalData").implement({
  description: "A file of weights that belongs to an ONNX file.",
  fields: (t) => ({
    location: t.exposeString("location", { description: "Its path relative to the ONNX file." }),
    sha256: t.exposeString("sha256"),
  }),
});

const CoveredBackend = builder.objectRef<CoveredBackendProof>("CoveredBackend").implement({
  description: "A backend that a certificate covers.",
  fields: (t) => ({
    backend: t.expose("backend", { type: Backend }),
    optimizationLevels: t.field({
      type: ["String"],
      description: "ONNX Runtime's levels of graph optimization at which the proof holds there.",
      resolve: ({ optimizationLevels }) => [...optimizationLevels],
    }),
  }),
});

export const Certificate = builder.objectRef<CertifiedModel>("Certificate").implement({
  description: "The proof that a model's logits have the same bits on every conforming backend.",
  fields: (t) => ({
    sha256: t.exposeString("sha256", { description: "SHA-256 of the ONNX file as it was given." }),
    executedSha256: t.exposeString("executedSha256", {
      description: "SHA-256 of the bytes that the proof speaks of and that the runtimes are handed.",
    }),
    externalData: t.field({
      type: [ExternalData],
      description: "Files of weights that are part of what is proved.",
      resolve: ({ external }) => [...external],
    }),
    adaptations: t.field({
      type: ["String"],
      description: "What was changed in the file to get the executed bytes, e.g. that a final Softmax was cut off.",
      resolve: ({ adaptations }) => [...adaptations],
    }),
    opset: t.int({
      description: "Version of ONNX's own operator set.",
      resolve: ({ proof }) => proof.certificate.opset,
    }),
    rules: t.int({
      description: "Version of the rules that made the proof.",
      resolve: ({ proof }) => proof.certificate.rules,
    }),
    covers: t.field({
      type: [CoveredBackend],
      description: "Where the proof holds. A backend that is not listed is not covered.",
      resolve: ({ proof }) => [...proof.certificate.covers],
    }),
    inputDomain: t.string({
      description: "The inputs that the proof speaks of, e.g. integers 0 to 255.",
      resolve: ({ proof }) => proof.certificate.inputDomain,
    }),
    anyAlgorithm: t.boolean({
      description: "True if it holds for every convolution algorithm, Winograd and FFT included.",
      resolve: ({ proof }) => proof.certificate.anyAlgorithm,
    }),
    tf32Safe: t.boolean({
      description: "True if it holds with TF32 factors.",
      resolve: ({ proof }) => proof.certificate.tf32Safe,
    }),
    headroomUsed: t.float({
      description: "The largest share of float32's 2^24 exact integers that any output channel can reach, 0 to 1.",
      resolve: ({ proof }) => proof.certificate.headroomUsed,
    }),
    assumptions: t.field({ type: ["String"], resolve: ({ proof }) => [...proof.certificate.assumptions] }),
    otherAlgorithms: t.field({
      type: [Spoiler],
      description: "The nodes that keep anyAlgorithm false.",
      resolve: ({ proof }) => [...proof.certificate.otherAlgorithms],
    }),
    tooWideForTf32: t.field({
      type: [Spoiler],
      description: "The nodes that keep tf32Safe false.",
      resolve: ({ proof }) => [...proof.certificate.tooWideForTf32],
    }),
    webgpuFaults: t.field({
      type: [Spoiler],
      description:
        "The nodes that this version's WebGPU provider is known to compute wrongly: the certificate does not cover WEBGPU then.",
      resolve: ({ proof }) => [...proof.certificate.webgpuFaults],
    }),
    nodes: t.field({ type: [CertifiedNode], resolve: ({ proof }) => [...proof.certificate.nodes] }),
  }),
});
