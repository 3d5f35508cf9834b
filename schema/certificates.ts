import { builder } from "./builder.ts";

interface CertifiedNodeAnswer {
  readonly name: string;
  readonly op: string;
  readonly exact: boolean;
  readonly reason: string;
}

interface CertificateAnswer {
  readonly inputDomain: string;
  readonly anyAlgorithm: boolean;
  readonly tf32Safe: boolean;
  readonly headroomUsed: number;
  readonly assumptions: readonly string[];
  readonly nodes: readonly CertifiedNodeAnswer[];
}

const CertifiedNode = builder.objectRef<CertifiedNodeAnswer>("CertifiedNode").implement({
  description: "One node of the graph and what the proof says of it.",
  fields: (t) => ({
    name: t.exposeString("name"),
    op: t.exposeString("op"),
    exact: t.exposeBoolean("exact"),
    reason: t.exposeString("reason"),
  }),
});

export const Certificate = builder.objectRef<CertificateAnswer>("Certificate").implement({
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
    nodes: t.field({ type: [CertifiedNode], resolve: ({ nodes }) => [...nodes] }),
  }),
});
