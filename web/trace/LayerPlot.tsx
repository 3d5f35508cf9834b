import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { ABSOLUTE_DELTA } from "../format.ts";
import { causeName } from "./causes.ts";
import { logScale, placeOf, ticksOf, tickText } from "./log-scale.ts";
import type { Node } from "./trace-query.ts";
import { isIntroduced } from "./words.ts";

interface Props {
  readonly nodes: readonly Node[];
  /** The index of the first node that drifts; null if none does. */
  readonly first: number | null;
  readonly label: string;
  /** Called with the index of the node under the pointer, or null when it leaves. */
  onPoint(place: number | null): void;
}

interface Colours {
  readonly ulp: string;
  readonly delta: string;
  readonly introduced: string;
  readonly text: string;
  readonly line: string;
}

const HEIGHT_PX = 340;
const FONT = "12px system-ui, sans-serif";
const NAME_LENGTH = 14;
/** Between two rotated names. */
const NAME_WIDTH_PX = 22;
const SIGN_PX = 5;

/** Max ULP and max |Δ| by layer, on two logarithmic axes. The table below it has the numbers. */
export function LayerPlot({ nodes, first, label, onPoint }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const dark = useDarkness();
  // The plot is created once per trace; the listener may change with every render.
  const listener = useRef(onPoint);
  useEffect(() => {
    listener.current = onPoint;
  });
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const plot = draw(element, nodes, first, (point) => listener.current(point));
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [nodes, first, dark]);
  return (
    <figure className="layers card">
      <figcaption>
        <span className="ulp">● max ULP (left)</span> <span className="delta">■ max {ABSOLUTE_DELTA} (right)</span>{" "}
        <span className="introduced">▲ a difference is introduced here</span>
      </figcaption>
      <div ref={place} className="plot" role="img" aria-label={label} />
    </figure>
  );
}

/** The canvas takes its colours from the page, so it is drawn again when the colour scheme changes. */
function useDarkness(): boolean {
  const [dark, setDark] = useState(() => DARK.matches);
  useEffect(() => {
    const follow = () => setDark(DARK.matches);
    DARK.addEventListener("change", follow);
    return () => DARK.removeEventListener("change", follow);
  }, []);
  return dark;
}

const DARK = matchMedia("(prefers-color-scheme: dark)");

function coloursOf(element: HTMLElement): Colours {
  const figure = element.parentElement;
  const colour = (selector: string) => {
    const found = figure?.querySelector(selector);
    return found ? getComputedStyle(found).color : "gray";
  };
  const { color, outlineColor } = getComputedStyle(element);
  return {
    ulp: colour(".ulp"),
    delta: colour(".delta"),
    introduced: colour(".introduced"),
    text: color,
    line: outlineColor,
  };
}

function draw(
  element: HTMLElement,
  nodes: readonly Node[],
  first: number | null,
  onPoint: (place: number | null) => void,
): uPlot {
  const colours = coloursOf(element);
  const ulp = logScale(nodes.map(({ maxUlp }) => maxUlp));
  const delta = logScale(nodes.map(({ maxAbs }) => maxAbs));
  const axis = { font: FONT, stroke: colours.text, ticks: { stroke: colours.line, width: 1 } };
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    padding: [24, null, null, null],
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 12 } },
    scales: {
      x: { time: false, range: [-0.5, Math.max(nodes.length - 0.5, 0.5)] },
      ulp: { range: [ulp.floor, ulp.top] },
      delta: { range: [delta.floor, delta.top] },
    },
    series: [
      {},
      { scale: "ulp", stroke: colours.ulp, width: 2, points: { show: true, size: 8, fill: colours.ulp } },
      { scale: "delta", stroke: colours.delta, width: 2, dash: [6, 4], points: { show: false } },
    ],
    axes: [
      {
        ...axis,
        rotate: -50,
        size: 88,
        grid: { show: false },
        splits: (plot) => namedPlaces(nodes.length, plot.bbox.width / devicePixelRatio),
        values: (_, places) => places.map((index) => shortName(nodes[index]?.name ?? "")),
      },
      {
        ...axis,
        scale: "ulp",
        size: 56,
        grid: { stroke: colours.line, width: 1 },
        splits: () => ticksOf(ulp, 7),
        values: (_, ticks) => ticks.map((tick) => tickText(tick, ulp)),
      },
      {
        ...axis,
        scale: "delta",
        side: 1,
        size: 48,
        grid: { show: false },
        splits: () => ticksOf(delta, 7),
        values: (_, ticks) => ticks.map((tick) => tickText(tick, delta)),
      },
    ],
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)],
      draw: [
        (plot) => {
          drawSquares(plot, colours.delta);
          drawIntroduced(plot, nodes, first, colours);
        },
      ],
    },
  };
  const data: uPlot.AlignedData = [
    nodes.map((_, index) => index),
    nodes.map(({ maxUlp }) => placeOf(maxUlp, ulp)),
    nodes.map(({ maxAbs }) => placeOf(maxAbs, delta)),
  ];
  return new uPlot(options, data, element);
}

/** The second series has its own marker, so that colour is not the only difference. */
function drawSquares({ ctx, data, valToPos }: uPlot, colour: string): void {
  const side = SIGN_PX * 1.6 * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = colour;
  for (const [index, value] of (data[2] ?? []).entries()) {
    if (typeof value !== "number") continue;
    const [x, y] = [valToPos(index, "x", true), valToPos(value, "delta", true)];
    ctx.fillRect(x - side / 2, y - side / 2, side, side);
  }
  ctx.restore();
}

/** A triangle at each node that introduces a difference, and a line with the cause where drift begins. */
function drawIntroduced(
  { ctx, bbox, valToPos }: uPlot,
  nodes: readonly Node[],
  first: number | null,
  { introduced }: Colours,
): void {
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.fillStyle = introduced;
  ctx.strokeStyle = introduced;
  for (const [index, node] of nodes.entries()) {
    if (!isIntroduced(node)) continue;
    const [x, y] = [valToPos(index, "x", true), bbox.top + bbox.height];
    ctx.beginPath();
    ctx.moveTo(x, y - 2 * SIGN_PX * ratio);
    ctx.lineTo(x + SIGN_PX * ratio, y);
    ctx.lineTo(x - SIGN_PX * ratio, y);
    ctx.fill();
  }
  // A wrong result is more important than the first rounding difference.
  const wrong = nodes.findIndex(({ cause }) => cause === "WRONG_RESULT");
  const marked = wrong === -1 ? first : wrong;
  const node = marked === null ? undefined : nodes[marked];
  if (marked !== null && node) {
    const x = Math.round(valToPos(marked, "x", true));
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = `600 ${13 * ratio}px system-ui, sans-serif`;
    // The longest text that fits.
    const cause = causeName(node.cause);
    const name = shortName(node.name);
    const texts = [wrong === -1 ? `drift begins: ${name}, ${cause}` : `${cause}: ${name}`, `${name}, ${cause}`, cause];
    const text = texts.find((each) => ctx.measureText(each).width <= bbox.width) ?? name;
    const room = bbox.left + bbox.width - x;
    const width = ctx.measureText(text).width;
    ctx.textAlign = "left";
    ctx.fillText(text, room >= width ? x : Math.max(bbox.left, x - width), bbox.top - 8 * ratio);
  }
  ctx.restore();
}

/** The indices of the layers whose names fit. */
function namedPlaces(count: number, widthPx: number): number[] {
  const step = Math.max(1, Math.ceil((count * NAME_WIDTH_PX) / Math.max(widthPx, 1)));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

function shortName(name: string): string {
  return name.length <= NAME_LENGTH ? name : `…${name.slice(1 - NAME_LENGTH)}`;
}
