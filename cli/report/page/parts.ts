import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { drawCharts } from "./draw-charts.ts";
import { PAGE_STYLE } from "./style.ts";

/** What every page holds. */
export interface PageParts {
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
}

/** Reads the chart library from where it is installed, so that the page needs no network. */
export async function loadPageParts(): Promise<PageParts> {
  const { resolve } = createRequire(import.meta.url);
  const [script, style] = await Promise.all(
    ["uplot/dist/uPlot.iife.min.js", "uplot/dist/uPlot.min.css"].map((file) => readFile(resolve(file), "utf8")),
  );
  return { styles: [style!, PAGE_STYLE], scripts: [script!, `(${drawCharts.toString()})(uPlot);`] };
}
