import type uPlot from "uplot";
import type { Chart } from "./charts.ts";

/* The parts of a browser that are used here; the DOM types would apply to the whole command. */

interface PageElement {
  readonly clientWidth: number;
  readonly textContent: string;
  replaceChildren(): void;
}
declare const document: { getElementById(id: string): PageElement | null; readonly documentElement: PageElement };
declare const getComputedStyle: (element: PageElement) => { getPropertyValue(name: string): string };
declare const matchMedia: (query: string) => { addEventListener(event: "change", listener: () => void): void };
declare const ResizeObserver: new (resized: () => void) => { observe(element: PageElement): void };

/**
 * Draws the page's charts with uPlot in the page's colours, again when the width or the colour scheme changes.
 * Runs in the browser: the page contains this function's source, so it must not use anything from outside except `uPlot`.
 */
export function drawCharts(UPlot: typeof uPlot): void {
  const HEIGHT_PX = 260;
  const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "[]") as Chart[];

  function ink(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function axis(label: string): uPlot.Axis {
    const grid = { stroke: ink("--line"), width: 1 };
    return { label, stroke: ink("--quiet"), grid, ticks: grid, labelSize: 22, labelFont: "13px system-ui" };
  }

  /** Labels of the indices, as many as fit. */
  function places(labels: readonly string[], axisLabel: string, width: number, labelWidth: number): uPlot.Axis {
    const step = Math.max(1, Math.ceil((labels.length * labelWidth) / width));
    return {
      ...axis(axisLabel),
      splits: () => labels.map((_, index) => index).filter((index) => index % step === 0),
      values: (_chart, splits) => splits.map((index) => labels[index] ?? ""),
      grid: { show: false },
    };
  }

  function options(width: number): Pick<uPlot.Options, "width" | "height" | "cursor"> {
    return { width, height: HEIGHT_PX, cursor: { drag: { x: false, y: false } } };
  }

  function placeSeries(labels: readonly string[], label: string): uPlot.Series {
    return { label, value: (_chart, index) => (index === null ? "–" : (labels[index] ?? "–")) };
  }

  /** The lines of a logarithmic axis, at most about five. */
  function powersOfTen(min: number, max: number): number[] {
    const most = Math.floor(Math.log10(max));
    const step = Math.max(1, Math.ceil(most / 5));
    const powers: number[] = [];
    for (let power = 0; power <= most; power += step) powers.push(10 ** power);
    return powers.filter((value) => value >= min);
  }

  const bars = UPlot.paths.bars?.({ size: [0.8, 60] });

  function histogram(chart: Extract<Chart, { kind: "histogram" }>, width: number): [uPlot.Options, uPlot.AlignedData] {
    const { labels, elements } = chart;
    return [
      {
        ...options(width),
        scales: {
          x: { time: false, range: [-0.6, labels.length - 0.4] },
          y: { range: (_chart, _min, max) => [0, max * 1.05] },
        },
        axes: [places(labels, "ULP distance, in powers of two", width, 44), { ...axis("elements"), size: 70 }],
        series: [
          placeSeries(labels, "ULP"),
          {
            label: "elements",
            fill: ink("--plot-fill"),
            stroke: ink("--link"),
            width: 1,
            points: { show: false },
            ...(bars ? { paths: bars } : {}),
          },
        ],
      },
      [elements.map((_, index) => index), [...elements]],
    ];
  }

  function layers(chart: Extract<Chart, { kind: "layers" }>, width: number): [uPlot.Options, uPlot.AlignedData] {
    const { labels, maxUlp, differing } = chart;
    const numbers = labels.map((_, index) => String(index));
    return [
      {
        ...options(width),
        scales: {
          x: { time: false, range: [-0.6, labels.length - 0.4] },
          ulp: { distr: 3, range: (_chart, _min, max) => [0.7, Math.max(10, max * 2)] },
          share: { range: [0, 105] },
        },
        axes: [
          places(numbers, "node, in graph order", width, 26),
          { ...axis("max ULP"), scale: "ulp", size: 70, splits: (_chart, _axis, min, max) => powersOfTen(min, max) },
          { ...axis("elements that differ, %"), scale: "share", side: 1, size: 60, grid: { show: false } },
        ],
        series: [
          placeSeries(labels, "node"),
          {
            label: "elements that differ, %",
            scale: "share",
            fill: ink("--plot-fill"),
            stroke: ink("--plot-soft"),
            width: 1,
            points: { show: false },
            value: (_chart, share) => (share === null ? "–" : share.toFixed(2)),
            ...(bars ? { paths: bars } : {}),
          },
          {
            label: "max ULP",
            scale: "ulp",
            stroke: ink("--link"),
            width: 2,
            points: { show: true, size: 7, fill: ink("--link") },
          },
        ],
      },
      [numbers.map(Number), [...differing], [...maxUlp]],
    ];
  }

  function draw(chart: Chart, element: PageElement): void {
    const width = element.clientWidth;
    if (width === 0) return;
    const [chosen, data] = chart.kind === "histogram" ? histogram(chart, width) : layers(chart, width);
    element.replaceChildren();
    void new UPlot(chosen, data, element as never);
  }

  for (const chart of charts) {
    const element = document.getElementById(chart.element);
    if (element === null) continue;
    let width = -1;
    new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      draw(chart, element);
    }).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(chart, element));
  }
}
