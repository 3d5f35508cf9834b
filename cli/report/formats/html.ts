import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { base64, hex } from "@scure/base";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { histogramChart, layersChart, type Chart } from "../page/charts.ts";
import { ROOT } from "#node/installation.ts";
import type { ReportFormat } from "../format.ts";
import { drawCharts } from "../page/draw-charts.ts";
import { environmentSection } from "../page/environment.ts";
import { asMarkup, html, jsonElement, type Markup } from "../page/markup.ts";
import { histogramElement, pairSection } from "../page/pair.ts";
import { PAGE_STYLE } from "../page/style.ts";
import { alarmSection, failureSection, inputSection, outcomeSection } from "../page/summary.ts";
import { layersElement, traceSection } from "../page/trace.ts";
import type { RunReport } from "#library/report/run-report.ts";

export const HTML: ReportFormat = {
  name: "html",
  file: "parity_report.html",
  purpose: "a page with plots that needs no network",
  holds: ["inputs", "errors", "statistics", "environment", "traces", "violations", "images"],
  write: async (report: RunReport) => reportHtml(report, await loadPageParts()),
};

interface PageParts {
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
}

/** Reads the chart library and the web client's colours from where they are installed. */
async function loadPageParts(): Promise<PageParts> {
  const { resolve } = createRequire(import.meta.url);
  const files = ["uplot/dist/uPlot.iife.min.js", "uplot/dist/uPlot.min.css"].map((file) => resolve(file));
  const [script, ...styles] = await Promise.all(
    [...files, join(ROOT, "web/styles/tokens.css")].map((file) => readFile(file, "utf8")),
  );
  return { styles: [...styles, PAGE_STYLE], scripts: [script!, `(${drawCharts.toString()})(uPlot);`] };
}

/**
 * One self-contained file, which opens from a disk without a network. Its content security policy allows only its own
 * scripts and styles, so that no name or message in it can run as code.
 */
function reportHtml(report: RunReport, { styles, scripts }: PageParts): string {
  const title = `${report.outcome}: isobit ${report.kind} of ${report.models.map(({ id }) => id).join(", ")}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy(styles, scripts)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${styles.map((style) => asMarkup(`<style>${style}</style>`))}
      </head>
      <body>
        <main>
          ${outcomeSection(report)} ${alarmSection(report)} ${report.pairs.length === 0 && lonelySection(report)}
          ${report.pairs.map((pair, index) => pairSection(report, pair, index))} ${report.traces.map(traceSection)}
          ${failureSection(report)} ${inputSection(report)} ${environmentSection(report)}
        </main>
        ${jsonElement("charts", chartsOf(report))} ${scripts.map((script) => asMarkup(`<script>${script}</script>`))}
      </body>
    </html> `;
  return page.markup;
}

function lonelySection({ reference }: RunReport): Markup {
  return html`<section>
    <h2>${reference} alone</h2>
    <p>Only ${reference} ran, so there is nothing to compare it with.</p>
  </section>`;
}

function chartsOf({ pairs, traces }: RunReport): Chart[] {
  const histograms = pairs.flatMap(({ outputs }, pair) =>
    outputs.flatMap(({ statistics }, output) =>
      statistics ? [histogramChart(histogramElement(pair, output), statistics.ulpHistogram)] : [],
    ),
  );
  return [...histograms, ...traces.map((trace, index) => layersChart(layersElement(index), trace))];
}

function policy(styles: readonly string[], scripts: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(sourceHash).join(" ")}`,
    `style-src ${styles.map(sourceHash).join(" ")}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** A policy names an inline script or style by the SHA-256 of its text. */
function sourceHash(text: string): string {
  return `'sha256-${base64.encode(hex.decode(sha256Hex(new TextEncoder().encode(text))))}'`;
}
