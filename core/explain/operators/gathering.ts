import type { Cause, ErrorBound, Explanation, Hypothesis, WrongElement } from "../explanation.ts";
import { FLOAT_FORMATS, isFloatType } from "../../tensors/float-format.ts";
import { Accounts, explanationOf } from "../outcome.ts";
import type { NodeRequest } from "../request.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import type { SourceRole } from "../sources.ts";
import type { Judgement, OutputJudge } from "./judge.ts";

export class Gathering {
  hypothesis: Hypothesis | null = null;
  readonly #request: NodeRequest;
  readonly #accounts = new Accounts();
  readonly #notes = new Set<string>();
  readonly #remaining = new Set<Cause>();
  readonly #wrong = new Map<SourceRole, { readonly element: WrongElement; readonly share: number }>();
  #worstShare = 0;
  #bound: Omit<ErrorBound, "worstShare"> | null = null;

  constructor(request: NodeRequest) {
    this.#request = request;
  }

  account(index: number, cause: Cause): void {
    this.#accounts.add(index, cause);
  }

  /** Adds causes that UNDETERMINED elements are consistent with. */
  remain(causes: readonly Cause[]): void {
    for (const cause of causes) this.#remaining.add(cause);
  }

  note(sentence: string | null): void {
    if (sentence !== null) this.#notes.add(sentence);
  }

  saw(role: SourceRole, judgement: Judgement, index: number, value: number): void {
    if (judgement.verdict === "right") return;
    if (judgement.share !== undefined)
      this.#worstShare = Math.min(Math.max(this.#worstShare, judgement.share), Number.MAX_VALUE);
    if (judgement.verdict === "possible") this.note(judgement.note);
    if (judgement.verdict !== "wrong") return;
    const { exact, bound, outside = null } = judgement;
    this.note(outside);
    const share = judgement.share ?? Math.abs(value - exact);
    const before = this.#wrong.get(role);
    const elements = (before?.element.elements ?? 0) + 1;
    const worse = before === undefined || !(share <= before.share);
    const element = worse ? { side: role, elements, index, value, exact, bound } : { ...before.element, elements };
    this.#wrong.set(role, { element, share: worse ? share : before.share });
  }

  bounded({ formula, n }: NonNullable<OutputJudge["bound"]>, { type }: Elements): void {
    const unit = isFloatType(type) ? FLOAT_FORMATS[type].unitRoundoff : 0;
    const unitRoundoff = { reference: unit, other: unit };
    this.#bound ??= { kind: "elementwise", formula, n, unitRoundoff };
  }

  explanation(): Explanation {
    if (this.#request.reference.outputs.length > 1) this.#notes.add("Indices count through all outputs in order.");
    return explanationOf(this.#accounts, this.#request, {
      consistentWith: [...this.#remaining],
      hypothesis: this.hypothesis,
      bound: this.#bound && { ...this.#bound, worstShare: this.#worstShare },
      wrong: [...this.#wrong.values()].map(({ element }) => element),
      notes: [...this.#notes],
    });
  }
}
