import type {
  CertifiedNode as CertifiedNodeProof,
  CoveredBackend as CoveredBackendProof,
  BlockingNode as BlockingNodeProof,
} from "#core/certify/certificate.ts";
import type { CertifiedModel } from "#core/model/model.ts";
import type { ExternalFile } from "#core/onnx/external-file.ts";
import { Backend } from "./backends.ts";
import { builder } from "./builder.ts";
import { type Level, OptimizationLevel } from "./enums.ts";

const CertifiedNode = builder.objectRef<CertifiedNodeProof>("CertifiedNode").implement({
  description: "What the proof states about one node of the graph.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "The node's name, or its first output's if it does not have one." }),
    op: t.exposeString("op", { description: "The ONNX operator." }),
    exact: t.exposeBoolean("exact", { description: "True if the node's arithmetic never rounds." }),
    reason: t.exposeString("reason", { description: "Why the node is exact, by the rule used, or why not." }),
    grid: t.exposeInt("grid", {
      nullable: true,
      description: "Every element of the output is a multiple of 2^grid; null if the output is not float32.",
    }),
    lowest: t.float({
      nullable: true,
      description: "The smallest value that an element can have; null if not known.",
      resolve: ({ interval }) => interval?.[0] ?? null,
    }),
    highest: t.float({
      nullable: true,
      description: "The largest value that an element can have; null if not known.",
      resolve: ({ interval }) => interval?.[1] ?? null,
    }),
    boundUnits: t.float({
      nullable: true,
      description:
        "The largest sum of absolute values that any channel can reach, in units of 2^grid; below 2^24. Null if nothing is summed.",
      resolve: ({ bound }) => bound?.units ?? null,
    }),
  }),
});

const Spoiler = builder.objectRef<BlockingNodeProof>("Spoiler").implement({
  description: "A node that prevents a certificate from guaranteeing more.",
  fields: (t) => ({
    node: t.exposeString("node", { description: "The node's name." }),
    reason: t.exposeString("reason", { description: "What prevents the guarantee." }),
  }),
});

const ExternalData = builder.objectRef<ExternalFile>("ExternalData").implement({
  description: "A file of weights that belongs to an ONNX file.",
  fields: (t) => ({
    location: t.exposeString("location", { description: "Its path relative to the ONNX file." }),
    sha256: t.expose("sha256", { type: "Sha256", description: "Digest of the file." }),
  }),
});

const CoveredBackend = builder.objectRef<CoveredBackendProof>("CoveredBackend").implement({
  description: "A backend that a certificate covers.",
  fields: (t) => ({
    backend: t.expose("backend", { type: Backend, description: "The backend." }),
    optimizationLevels: t.field({
      type: [OptimizationLevel],
      description: "The levels of graph optimisation at which the proof holds on this backend.",
      resolve: ({ optimizationLevels }) => optimizationLevels as readonly Level[],
    }),
  }),
});

export const Certificate = builder.objectRef<CertifiedModel>("Certificate").implement({
  description: "The proof that a model's logits have the same bits on every conforming backend.",
  fields: (t) => ({
    sha256: t.expose("sha256", { type: "Sha256", description: "Digest of the ONNX file as it was given." }),
    executedSha256: t.expose("executedSha256", {
      type: "Sha256",
      description: "Digest of the bytes that the proof is about and that the runtimes load.",
    }),
    externalData: t.expose("external", {
      type: [ExternalData],
      description: "Files of weights that the proof includes.",
    }),
    adaptations: t.exposeStringList("adaptations", {
      description: "Changes made to the file to get the executed bytes, e.g. that a final Softmax was removed.",
    }),
    opset: t.int({
      description: "Version of ONNX's standard operator set.",
      resolve: ({ proof }) => proof.certificate.opset,
    }),
    rules: t.int({
      description: "Version of the rules that made the proof.",
      resolve: ({ proof }) => proof.certificate.rules,
    }),
    covers: t.field({
      type: [CoveredBackend],
      description: "Where the proof holds. A backend that is not listed is not covered.",
      resolve: ({ proof }) => proof.certificate.covers,
    }),
    inputDomain: t.string({
      description: "The inputs that the proof is about, e.g. integers 0 to 255.",
      resolve: ({ proof }) => proof.certificate.inputDomain,
    }),
    anyAlgorithm: t.boolean({
      description: "True if the proof holds for every convolution algorithm, including Winograd and FFT.",
      resolve: ({ proof }) => proof.certificate.anyAlgorithm,
    }),
    tf32Safe: t.boolean({
      description: "True if the proof holds with factors rounded to TF32.",
      resolve: ({ proof }) => proof.certificate.tf32Safe,
    }),
    headroomUsed: t.float({
      description: "The largest share of float32's 2^24 exact integers that any output channel can reach, 0 to 1.",
      resolve: ({ proof }) => proof.certificate.headroomUsed,
    }),
    assumptions: t.stringList({
      description: "What the proof assumes about a backend, in sentences.",
      resolve: ({ proof }) => proof.certificate.assumptions,
    }),
    otherAlgorithms: t.field({
      type: [Spoiler],
      description: "Nodes that prevent the any-algorithm guarantee.",
      resolve: ({ proof }) => proof.certificate.otherAlgorithms,
    }),
    tooWideForTf32: t.field({
      type: [Spoiler],
      description: "Nodes that prevent the TF32 guarantee.",
      resolve: ({ proof }) => proof.certificate.tooWideForTf32,
    }),
    webgpuFaults: t.field({
      type: [Spoiler],
      description:
        "Nodes that this version's WebGPU provider computes wrongly. If there are any, the certificate does not cover WEBGPU.",
      resolve: ({ proof }) => proof.certificate.webgpuFaults,
    }),
    nodes: t.field({
      type: [CertifiedNode],
      description: "Every node of the graph.",
      args: { exact: t.arg.boolean({ description: "Only nodes with this value of `exact`; absent: all." }) },
      resolve: ({ proof }, { exact }) =>
        proof.certificate.nodes.filter((node) => exact == null || node.exact === exact),
    }),
  }),
});
