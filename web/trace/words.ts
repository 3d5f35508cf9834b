import type { MarkingEffect } from "#core/trace/result.ts";
import { formatCount, formatDelta, plural } from "../format.ts";
import type { Explained, Node, Trace, Way } from "./trace-query.ts";

/** The answer to the view's request, in a sentence. */
export function sentenceFor(trace: Trace): string {
  const { reference, backend, nodes } = trace;
  const first = firstDriftOf(trace);
  if (!first)
    return `Nothing drifts: all ${plural(nodes.length, "layer")} have the same bits on ${reference} and ${backend}.`;
  const amount = `${formatCount(first.differingElements)} of its ${plural(first.elements, "element")} differ`;
  const inputs = first.originatesHere ? ", though its inputs are the same in every bit" : "";
  const last = nodes.at(-1);
  const again = last?.differingElements === 0 ? " By the last layer the bits agree again." : "";
  return `Drift begins at ${first.name} (${first.op}): ${amount}${inputs}.${again}`;
}

export function firstDriftOf({ firstDrift, nodes }: Trace): Node | null {
  return nodes.find(({ index }) => index === firstDrift?.index) ?? null;
}

/** A difference came into being here, whether or not others came in with the inputs. */
export function isIntroduced({ originatesHere, bornElements, cause }: Node): boolean {
  return originatesHere || (bornElements ?? 0) > 0 || cause === "WRONG_RESULT";
}

/** Of the drift column: what the node did. */
export function introducedText(node: Node): string {
  const { differingElements, bornElements } = node;
  if (differingElements === 0 && !bornElements) return "same bits";
  if (bornElements === null) return node.originatesHere ? "introduced here" : "not run alone";
  return bornElements > 0 ? `${formatCount(bornElements)} introduced here` : "inherited";
}

/** "sequentially, in one block; each product rounded before it is added" */
export function wayText({ order, fused, tf32, wide }: Way): string {
  const products = fused
    ? "each product fused with its addition (one rounding)"
    : "each product rounded before it is added";
  const type = wide ? "; sums kept in a wider type" : "";
  return `${order.description}; ${products}${type}${tf32 ? "; factors rounded to TF32" : ""}`;
}

export function hypothesisText({ matchRate, controlMatchRate, tried }: NonNullable<Explained["hypothesis"]>): string {
  const rates = `Computed so, the result has the same bits in ${formatPercent(matchRate)} of the elements on both backends.`;
  const control = `The same search on shuffled outputs, where only chance can match, reaches ${formatPercent(controlMatchRate)}.`;
  return `${rates} ${control} ${formatCount(tried)} ${tried === 1 ? "hypothesis was" : "hypotheses were"} tried.`;
}

export function boundText({ kind, n, worstShare }: NonNullable<Explained["bound"]>): string {
  const worst =
    worstShare === null
      ? "The worst element is beyond it: it is not finite."
      : `The worst element uses ${formatPercent(worstShare)} of it${worstShare > 1 ? ": no correct evaluation gives that" : ""}.`;
  return `A correct evaluation may be off by what up to ${plural(n, "rounding")} can add up to (${kind}). ${worst}`;
}

export function wrongText({ backend, elements, index, value, exact, bound }: Explained["wrong"][number]): string {
  const truth = exact === null ? "" : `; exact is ${exact}`;
  const allowed = bound === null ? "" : `, and at most ${formatDelta(bound)} off could still be right`;
  return `${backend} is wrong in ${plural(elements, "element")}. The worst, at ${formatCount(index)}, is ${value ?? "not finite"}${truth}${allowed}.`;
}

/** To be seen, inner values are made outputs, which can keep a runtime from fusing nodes: does that move the answer? */
export function markingText(source: string, effect: MarkingEffect): string {
  const { fusionChanged, differingElements, maxUlp, maxAbs } = effect;
  const fusion =
    fusionChanged === null
      ? ""
      : fusionChanged
        ? ", though it kept some nodes from being fused"
        : ", and the same nodes were fused";
  if (differingElements === 0) return `On ${source}, looking moved no bit of the model's answer${fusion}.`;
  return `On ${source}, looking moved ${plural(differingElements, "element")} of the model's answer, by up to ${formatCount(maxUlp)} ULP (${formatDelta(maxAbs)}): the layers seen here are not quite those that serve.`;
}

/** Never rounded up to 100 %, nor down to 0. */
export function formatPercent(share: number): string {
  const hundredths = Math.round(share * 10_000);
  const shown = share < 1 ? Math.min(hundredths, 9_999) : Math.max(hundredths, share > 1 ? 10_001 : 10_000);
  return share > 0 && shown === 0 ? "under 0.01 %" : `${formatCount(Math.trunc(shown / 100))}${fraction(shown)} %`;
}

function fraction(hundredths: number): string {
  const rest = hundredths % 100;
  return rest === 0 ? "" : `.${String(rest).padStart(2, "0").replace(/0$/, "")}`;
}
