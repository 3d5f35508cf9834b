import type { HistogramBin } from "#core/statistics/result.ts";
import type { ReportedTrace } from "#library/report/run-report.ts";

/** What the page's script draws. */
export type Chart =
  | {
      readonly kind: "histogram";
      readonly element: string;
      /** One per bin, short enough for an axis. */
      readonly labels: readonly string[];
      readonly elements: readonly number[];
    }
  | {
      readonly kind: "layers";
      readonly element: string;
      /** One per node, in graph order. */
      readonly labels: readonly string[];
      /** Null where nothing differs: a logarithmic axis has no 0. */
      readonly maxUlp: readonly (number | null)[];
      /** Percentage of the node's elements. */
      readonly differing: readonly number[];
    };

export function histogramChart(element: string, bins: readonly HistogramBin[]): Chart {
  return {
    kind: "histogram",
    element,
    labels: bins.map(({ from, to }) => (from === to ? String(from) : from < 64 ? `${from}–${to}` : powerOfTwo(from))),
    elements: bins.map(({ elements }) => elements),
  };
}

export function layersChart(element: string, { nodes }: ReportedTrace): Chart {
  return {
    kind: "layers",
    element,
    labels: nodes.map(({ name, op }) => `${name} (${op})`),
    maxUlp: nodes.map(({ maxUlp }) => (maxUlp === null || maxUlp < 1 ? null : maxUlp)),
    differing: nodes.map(({ differingElements, elements }) =>
      elements === 0 ? 0 : (100 * differingElements) / elements,
    ),
  };
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** "≥2¹⁰" for 1024. */
function powerOfTwo(power: number): string {
  const exponent = String(Math.round(Math.log2(power)));
  return `≥2${Array.from(exponent, (digit) => SUPERSCRIPTS[Number(digit)]).join("")}`;
}
