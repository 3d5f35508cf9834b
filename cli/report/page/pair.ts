import type { Distribution, OutputStatistics } from "#core/statistics/result.ts";
import { decibels, nearOne, percent, short } from "#library/report/numbers.ts";
import { pairTitle, softmaxText } from "#library/report/of-peer.ts";
import { driftText } from "#library/report/reason.ts";
import { ulpText } from "#library/report/ulp-text.ts";
import type { ReportedPair, RunReport } from "#library/report/run-report.ts";
import { html, type Markup } from "./markup.ts";
import { badge, figures } from "./summary.ts";
import { tableOf, type TableColumn } from "./table.ts";
import { worstInput } from "./worst-input.ts";

/** The id of the element for an output's histogram. */
export function histogramElement(pair: number, output: number): string {
  return `ulp-${pair}-${output}`;
}

export function pairSection(report: RunReport, pair: ReportedPair, index: number): Markup {
  const softmax = softmaxText(pair);
  return html`<section class="pair">
    <h2>${pairTitle(pair)} ${badge(pair.verdict)}</h2>
    <p>${driftText(pair, ulpText(report, pair))}.</p>
    ${softmax !== null && html`<p>${softmax}</p>`}
    ${figures([
      ["answered by both", `${pair.compared} of ${report.total}`],
      ["equal in every bit", String(pair.identical)],
      ["labels differ", pair.labelMismatches === null ? "-" : String(pair.labelMismatches)],
      ["max |a-b|", short(pair.maxAbs)],
      ["mean |a-b|", short(pair.meanAbs)],
      ["L2 distance", short(pair.l2)],
      ["max ULP", short(pair.maxUlp)],
      ["worst input", pair.worstInput ?? "-"],
    ])}
    ${pair.outputs.map(({ output, statistics }, place) =>
      statistics === null ? null : outputPart(output, statistics, histogramElement(index, place)),
    )}
    ${worstInput(report, pair)}
  </section>`;
}

function outputPart(output: string, statistics: OutputStatistics, element: string): Markup {
  const { elements, finiteElements, topK, klDivergence, quantileError } = statistics;
  return html`<h3>
      Output ${output}: ${elements}
      elements${finiteElements < elements ? `, ${elements - finiteElements} of them not finite` : null}
    </h3>
    <div class="plot" id="${element}"></div>
    <details>
      <summary>The histogram as a table</summary>
      ${histogramTable(statistics)}
    </details>
    <h3>Size of the differences</h3>
    ${distributionTable(statistics)}
    ${
      quantileError > 0 &&
      html`<p>
        With this many elements, medians and quantiles are computed from a histogram, with a relative error of at most
        ${percent(quantileError)}.
      </p>`
    }
    ${figures([
      ["cosine similarity", nearOne(statistics.cosineSimilarity)],
      ["PSNR, against the reference's range", decibels(statistics.psnr)],
      ["SNR", decibels(statistics.snr)],
      ["KL divergence", klDivergence === null ? "-" : `${short(klDivergence)} nats`],
      ...topK.map(({ k, agreement }) => [`top-${k} agreement`, percent(agreement)] as const),
    ])}`;
}

function histogramTable({ ulpHistogram }: OutputStatistics): Markup {
  const total = ulpHistogram.reduce((sum, { elements }) => sum + elements, 0);
  return tableOf(
    [
      { title: "from ULP", number: true, cell: ({ from }) => String(from) },
      { title: "to", number: true, cell: ({ to }) => String(to) },
      { title: "elements", number: true, cell: ({ elements }) => String(elements) },
      { title: "share", number: true, cell: ({ elements }) => percent(total === 0 ? 0 : elements / total) },
    ],
    ulpHistogram,
  );
}

type Kind = readonly [name: string, distribution: Distribution | null];

function distributionTable({ abs, rel, ulp }: OutputStatistics): Markup {
  const kinds: Kind[] = [
    ["|a-b|", abs],
    ["|a-b| / |reference|", rel],
    ["ULP", ulp],
  ];
  const quantiles = abs?.quantiles.map(({ q }) => q).filter((q) => q !== 0.5) ?? [];
  const figure = (title: string, of: (distribution: Distribution) => number | undefined): TableColumn<Kind> => ({
    title,
    number: true,
    cell: ([, distribution]) => short(distribution && of(distribution)),
  });
  return tableOf<Kind>(
    [
      { title: "difference", cell: ([name]) => name },
      figure("max", ({ max }) => max),
      figure("mean", ({ mean }) => mean),
      figure("std", ({ std }) => std),
      figure("median", ({ median }) => median),
      ...quantiles.map((q) =>
        figure(
          `${Number((q * 100).toPrecision(6))} %`,
          (each) => each.quantiles.find((quantile) => quantile.q === q)?.value,
        ),
      ),
    ],
    kinds,
  );
}
