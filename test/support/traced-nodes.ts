import type { TracedNode } from "#core/trace/result.ts";

/** What a trace says of one node; how its drift is explained differs between a run, GraphQL and a report. */
type NodeWith<Explanation> = Omit<TracedNode, "explanation"> & { readonly explanation: Explanation | null };

/** A convolution with equal bits on both sides, unless told otherwise; its dims are [1, elements]. */
export function aNode<Explanation = never>({
  elements = 8,
  ...told
}: Partial<NodeWith<Explanation>> = {}): NodeWith<Explanation> {
  return {
    index: 0,
    name: "conv1",
    op: "Conv",
    dims: [1, elements],
    elements,
    differingElements: 0,
    maxAbs: 0,
    maxUlp: 0,
    originatesHere: false,
    bornElements: null,
    reproduced: null,
    cause: "NONE",
    explainedElements: 0,
    explanation: null,
    note: null,
    ...told,
  };
}
