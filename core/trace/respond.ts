import type { Cause } from "../explain/explanation.ts";
import { type BySource, bySource, SOURCE_ROLES } from "../explain/sources.ts";
import { undeterminedElements } from "../explain/outcome.ts";
import type { DifferingNode, Introduced } from "./run-alone.ts";
import type { ComparedValues } from "./compare-values.ts";
import { addDifference, type Difference, NO_DIFFERENCE } from "./difference.ts";
import type { FusedKernels } from "./fused-kernels.ts";
import type { Matched, NodePair, ValuePair } from "./match.ts";
import type { TracedNode, TraceResult } from "./result.ts";

export interface TraceFindings extends Pick<TraceResult, "reference" | "other" | "weightsDiffer" | "marking"> {
  readonly matched: Matched;
  readonly compared: ComparedValues;
  readonly tooLarge: readonly ValuePair[];
  readonly differing: readonly DifferingNode[];
  readonly introduced: ReadonlyMap<NodePair, Introduced>;
  /** Whether a GPU left a node, by its index, to the CPU. */
  readonly ranOnCpu: BySource<(node: number) => boolean>;
  /** One of the sources runs several inputs at once. */
  readonly inBatches: boolean;
  /** Of the models as they are served. */
  readonly fusedKernels: BySource<FusedKernels>;
  /** The models' own outputs, compared as both sources serve them. */
  readonly served: ReadonlyMap<ValuePair, Difference>;
}

/** Assembles the findings for each node, in graph order. */
export function respondTrace(findings: TraceFindings): TraceResult {
  const { reference, other, matched, weightsDiffer, marking } = findings;
  const differing = new Map(findings.differing.map((node) => [node.pair, node]));
  const nodes = matched.pairs.map((pair) => tracedNode(pair, differing.get(pair), findings));
  return {
    reference,
    other,
    outcome: outcomeOf(nodes, findings.served),
    firstDrift: nodes.find(({ differingElements }) => differingElements > 0) ?? null,
    nodes,
    weightsDiffer,
    unmatched: matched.unmatched,
    marking,
  };
}

function outcomeOf(nodes: readonly TracedNode[], served: TraceFindings["served"]): TraceResult["outcome"] {
  if (nodes.some(({ cause }) => cause === "WRONG_RESULT")) return "WRONG_RESULT";
  const differs = nodes.some(({ differingElements }) => differingElements > 0);
  return differs || [...served.values()].some(({ differing }) => differing > 0) ? "DRIFT" : "IDENTICAL";
}

function tracedNode(pair: NodePair, differing: DifferingNode | undefined, findings: TraceFindings): TracedNode {
  const { compared } = findings;
  const seen = pair.values.map((value) => compared.differences.get(value)).filter((value) => value !== undefined);
  const difference = seen.reduce<Difference>((sum, value) => addDifference(sum, value.difference), NO_DIFFERENCE);
  const introduced = findings.introduced.get(pair);
  const explanation = introduced?.explanation ?? null;
  const dependsOnBatch = findings.inBatches && differing?.inputsEqual === true && introduced?.bornElements === 0;
  return {
    index: pair.reference.index,
    name: pair.name,
    op: pair.reference.node.op,
    dims: seen[0]?.dims ?? [],
    elements: difference.elements,
    differingElements: difference.differing,
    maxAbs: difference.maxAbs,
    maxUlp: difference.maxUlp,
    originatesHere: differing?.inputsEqual === true,
    bornElements: introduced?.bornElements ?? null,
    reproduced: introduced?.reproduced ?? null,
    cause: causeOf(difference, differing, introduced, dependsOnBatch),
    explainedElements: dependsOnBatch ? difference.differing : explainedElements(difference, differing, introduced),
    explanation,
    note: noteOf(pair, introduced, findings),
  };
}

function causeOf(
  { differing }: Difference,
  node: DifferingNode | undefined,
  introduced: Introduced | undefined,
  dependsOnBatch: boolean,
): Cause {
  if (differing === 0) return "NONE";
  if (isInherited(node, introduced)) return "INHERITED";
  if (dependsOnBatch) return "BATCH_DEPENDENCE";
  return introduced?.explanation?.cause ?? "UNEXPLAINED";
}

/** Equal inputs cannot carry a difference, even if the node alone does not reproduce it. */
function isInherited(node: DifferingNode | undefined, introduced: Introduced | undefined): boolean {
  return introduced?.bornElements === 0 && node?.inputsEqual !== true;
}

/**
 * All differing elements if the difference was inherited. Otherwise, elements that the explanation leaves open may be
 * any of the differing ones, so they are subtracted in full.
 */
function explainedElements(
  { differing }: Difference,
  node: DifferingNode | undefined,
  introduced: Introduced | undefined,
): number {
  if (isInherited(node, introduced)) return differing;
  if (!introduced?.explanation) return 0;
  const open = introduced.explanation.unexplainedElements + undeterminedElements(introduced.explanation);
  return Math.max(0, differing - open);
}

const OTHER_INPUTS =
  "Run on copies of this input, as many as the batch has, the node gives the bits that it gives for the input alone: what differs comes from the other inputs of the batch.";

const NOT_REPRODUCED =
  "Running the node alone does not reproduce its bits in the graph, where another kernel runs, so the origin of the difference is unknown.";

function noteOf(pair: NodePair, introduced: Introduced | undefined, findings: TraceFindings): string | null {
  const { compared, tooLarge, served } = findings;
  const notes = pair.values.flatMap((value) => {
    const why = tooLarge.includes(value) ? "it exceeds the memory limit." : compared.skipped.get(value);
    return why === undefined ? [] : [`${JSON.stringify(value.reference)} was not compared: ${why}`];
  });
  for (const value of pair.values) {
    const asServed = served.get(value)?.differing ?? 0;
    if (asServed === 0 || compared.differences.get(value)?.difference.differing !== 0) continue;
    notes.push(
      `${asServed} of its elements differ in the served output, but none while intermediate values are exposed, because that changes operator fusion.`,
      ...fusedOnOneSide(findings),
    );
  }
  if (introduced?.note) notes.push(introduced.note);
  if (introduced !== undefined) notes.push(...onCpu(pair, findings));
  if ((introduced?.bornElements ?? 0) > 0) notes.push(...fusedAsServed(pair, findings));
  if (introduced?.bornElements === 0 && introduced.reproduced === false)
    notes.push(findings.inBatches ? OTHER_INPUTS : NOT_REPRODUCED);
  return notes.length > 0 ? notes.join(" ") : null;
}

/** A node that a GPU leaves to the CPU is judged as the CPU's. */
function onCpu(pair: NodePair, findings: TraceFindings): readonly string[] {
  return SOURCE_ROLES.flatMap((role) =>
    findings.ranOnCpu[role](pair[role].index) ? [`${findings[role]} leaves this node to the CPU.`] : [],
  );
}

const MOST_KERNELS = 3;

/** The fused kernels that only one of the sources runs. */
function fusedOnOneSide({ fusedKernels, ...sources }: TraceFindings): readonly string[] {
  const kernels = bySource((role) => fusedKernels[role].all());
  return SOURCE_ROLES.flatMap((role) => {
    const others = kernels[role === "reference" ? "other" : "reference"];
    const own = kernels[role].filter((kernel) => !others.includes(kernel));
    const more = own.length > MOST_KERNELS ? ` and ${own.length - MOST_KERNELS} more` : "";
    const list = own.slice(0, MOST_KERNELS).join(", ");
    return own.length > 0 ? [`Fused kernels that only ${sources[role]} runs as served: ${list}${more}.`] : [];
  });
}

/** Where exposing values changed a source's final output, the node's difference may not be that of the served model. */
function fusedAsServed({ reference, other }: NodePair, { fusedKernels, marking, ...sources }: TraceFindings): string[] {
  const nodes = { reference: reference.node, other: other.node };
  const found = SOURCE_ROLES.flatMap((role) => {
    const kernel = marking[role].differingElements > 0 ? fusedKernels[role].of(nodes[role]) : null;
    return kernel === null ? [] : [{ source: sources[role], kernel }];
  });
  return [...Map.groupBy(found, ({ kernel }) => kernel)].map(([kernel, on]) => {
    const names = on.map(({ source }) => source).join(" and ");
    return `As served, this node is part of the fused kernel ${kernel} on ${names}; exposing values ends that fusion.`;
  });
}
