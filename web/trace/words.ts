import { isCompared, type MarkingEffect } from "#core/trace/result.ts";
import { formatCount, formatDelta, plural } from "../format.ts";
import type { Explained, Node, Trace, Way } from "./trace-query.ts";

/** The result of the trace as a sentence. */
export function sentenceFor(trace: Trace): string {
  const { reference, backend, nodes } = trace;
  const first = firstDriftOf(trace);
  if (!first) {
    const compared = nodes.filter(isCompared).length;
    const layers = plural(nodes.length, "layer");
    const all =
      compared === nodes.length
        ? `All ${layers} have`
        : `${formatCount(compared)} of ${layers} could be compared; they have`;
    const served = trace.outcome === "IDENTICAL" ? "" : " when traced, but the final outputs differ without tracing";
    return `${all} the same bits on ${reference} and ${backend}${served}.`;
  }
  const amount = `${formatCount(first.differingElements)} of its ${plural(first.elements, "element")} differ`;
  const inputs = first.originatesHere ? " although its inputs are equal in every bit" : "";
  const last = nodes.at(-1);
  const again = last?.differingElements === 0 ? " At the last layer, the bits agree again." : "";
  return `Drift begins at ${first.name} (${first.op}): ${amount}${inputs}.${again}`;
}

export function firstDriftOf({ firstDrift, nodes }: Trace): Node | null {
  return nodes.find(({ index }) => index === firstDrift?.index) ?? null;
}

/** The node adds a difference of its own, whether or not its inputs differ. */
export function isIntroduced({ originatesHere, bornElements, cause }: Node): boolean {
  return originatesHere || (bornElements ?? 0) > 0 || cause === "WRONG_RESULT";
}

/** The text of the drift column. */
export function introducedText(node: Node): string {
  const { differingElements, bornElements } = node;
  if (!isCompared(node)) return "not compared";
  if (differingElements === 0 && !bornElements) return "same bits";
  if (bornElements === null) return node.originatesHere ? "introduced here" : "not isolated";
  return bornElements > 0 ? `${formatCount(bornElements)} introduced here` : "inherited";
}

/** How a backend adds: order, rounding and type. */
export function wayText({ order, fused, tf32, wide }: Way): string {
  const products = fused
    ? "each product fused with its addition (one rounding)"
    : "each product rounded before it is added";
  const type = wide ? "; sums kept in a wider type" : "";
  return `${order.description}; ${products}${type}${tf32 ? "; factors rounded to TF32" : ""}`;
}

export function hypothesisText({ matchRate, controlMatchRate, tried }: NonNullable<Explained["hypothesis"]>): string {
  const rates = `Computed this way, ${formatPercent(matchRate)} of the elements have the same bits on both backends.`;
  const control = `On shuffled outputs, where only chance matches, it is ${formatPercent(controlMatchRate)}.`;
  return `${rates} ${control} ${plural(tried, "hypothesis was", "hypotheses were")} tried.`;
}

export function boundText({ kind, n, worstShare }: NonNullable<Explained["bound"]>): string {
  const worst =
    worstShare === null
      ? "The worst element is not finite, so it is outside this bound."
      : `The worst element uses ${formatPercent(worstShare)} of this bound${worstShare > 1 ? ", which is outside the possible rounding error" : ""}.`;
  return `A correct evaluation can differ by the sum of at most ${plural(n, "rounding error")} (${kind}). ${worst}`;
}

export function wrongText({ backend, elements, index, value, exact, bound }: Explained["wrong"][number]): string {
  const truth = exact === null ? "" : `; the exact value is ${exact}`;
  const allowed = bound === null ? "" : `, with a possible rounding error of ${formatDelta(bound)}`;
  return `${backend} computes ${plural(elements, "wrong element")}. The worst, at index ${formatCount(index)}, is ${value ?? "not finite"}${truth}${allowed}.`;
}

/** Whether exposing intermediate values, which can prevent fusion, changed the final output. */
export function markingText(source: string, effect: MarkingEffect): string {
  const { fusionChanged, differingElements, maxUlp, maxAbs } = effect;
  const fusion =
    fusionChanged === null
      ? ""
      : fusionChanged
        ? " although operator fusion changed"
        : ", and the same nodes were fused";
  if (differingElements === 0) return `On ${source}, the final output did not change${fusion}.`;
  return `On ${source}, ${plural(differingElements, "element")} of the final output changed, by at most ${formatCount(maxUlp)} ULP (${formatDelta(maxAbs)}), so the layers shown here are not exactly those in normal use.`;
}

/** Never rounded up to 100 % or down to 0 %. */
export function formatPercent(share: number): string {
  const hundredths = Math.round(share * 10_000);
  const shown = share < 1 ? Math.min(hundredths, 9_999) : Math.max(hundredths, share > 1 ? 10_001 : 10_000);
  return share > 0 && shown === 0 ? "under 0.01 %" : `${formatCount(Math.trunc(shown / 100))}${fraction(shown)} %`;
}

function fraction(hundredths: number): string {
  const rest = hundredths % 100;
  return rest === 0 ? "" : `.${String(rest).padStart(2, "0").replace(/0$/, "")}`;
}
