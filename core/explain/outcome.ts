import type { Cause, CauseCount, ComputedOn, Explanation } from "./explanation.ts";
import { gravestOf } from "./gravity.ts";
import type { ExplainedSource, NodeRequest } from "./request.ts";

const LISTED_INDICES = 16;

/** Counts the differing elements of each cause. */
export class Accounts {
  readonly #elements = new Map<Cause, number>();
  readonly #unexplained: number[] = [];

  /** @param index of a differing element in the node's flat output, each passed once */
  add(index: number, cause: Cause): void {
    this.#elements.set(cause, this.elementsOf(cause) + 1);
    if (cause === "UNEXPLAINED" && this.#unexplained.length < LISTED_INDICES) this.#unexplained.push(index);
  }

  elementsOf(cause: Cause): number {
    return this.#elements.get(cause) ?? 0;
  }

  /** Most elements first. */
  counts(): readonly CauseCount[] {
    return [...this.#elements]
      .map(([cause, elements]) => ({ cause, elements }))
      .toSorted((left, right) => right.elements - left.elements);
  }

  unexplainedIndices(): readonly number[] {
    return this.#unexplained;
  }
}

export type Findings = Partial<Pick<Explanation, "consistentWith" | "hypothesis" | "bound" | "wrong" | "notes">>;

/** Summarises the findings about a node whose outputs differ, headed by the most severe one. */
export function explanationOf(
  accounts: Accounts,
  { reference, other }: Pick<NodeRequest, "reference" | "other">,
  findings: Findings = {},
): Explanation {
  const causes = accounts.counts();
  const unexplained = accounts.elementsOf("UNEXPLAINED");
  const undetermined = accounts.elementsOf("UNDETERMINED");
  const differing = causes.reduce((total, { elements }) => total + elements, 0);
  return {
    // Identical bits on both sources may be wrong too.
    cause: gravestOf([
      ...causes.map(({ cause }) => cause),
      ...(findings.wrong?.length ? (["WRONG_RESULT"] as const) : []),
    ]),
    causes,
    consistentWith: undetermined > 0 ? (findings.consistentWith ?? []) : [],
    explainedElements: differing - unexplained - undetermined,
    unexplainedElements: unexplained,
    unexplainedIndices: accounts.unexplainedIndices(),
    hypothesis: findings.hypothesis ?? null,
    bound: findings.bound ?? null,
    wrong: findings.wrong ?? [],
    notes: findings.notes ?? [],
    computedOn: { reference: computedOn(reference), other: computedOn(other) },
  };
}

function computedOn({ source, runsOn, optimizationLevel }: ExplainedSource): ComputedOn {
  return { source, backend: runsOn, optimizationLevel };
}

export function undeterminedElements({ causes }: Explanation): number {
  return causes.find(({ cause }) => cause === "UNDETERMINED")?.elements ?? 0;
}
