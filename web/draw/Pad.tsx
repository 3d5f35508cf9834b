import { useEffect, useRef, useState } from "react";
import { PAD_SIDE, type Stroke, type Tool, type VisibleMark } from "./drawing.ts";
import { type Cursor, useKeyboardPen } from "./keyboard-pen.ts";
import { paintMarks, tint } from "./paint.ts";
import { usePointerPen } from "./pointer-pen.ts";

interface Props {
  readonly marks: readonly VisibleMark[];
  readonly tool: Tool;
  readonly brush: number;
  /** The stroke under way, each time it grows; null where one was given up. */
  onGrow(stroke: Stroke | null): void;
  onStroke(stroke: Stroke): void;
}

/** A sheet to draw on with pen, finger, mouse or the arrow keys. */
export function Pad({ marks, tool, brush, onGrow, onStroke }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [growing, setGrowing] = useState<Stroke | null>(null);
  const pen = {
    tool,
    brush,
    grow: (stroke: Stroke | null) => {
      setGrowing(stroke);
      onGrow(stroke);
    },
    finish: (stroke: Stroke) => {
      setGrowing(null);
      onStroke(stroke);
    },
  };
  const pointer = usePointerPen(pen);
  const { cursor, said, ...keyboard } = useKeyboardPen(pen);
  usePainted(canvas, growing ? [...marks, growing] : marks);

  return (
    <div className="pad">
      <canvas
        ref={canvas}
        tabIndex={0}
        // The arrow keys are the pen's here, which only an application may ask of a screen reader.
        role="application"
        aria-label="Sketch pad"
        aria-describedby="pad-keys"
        data-marks={marks.length}
        {...pointer}
        {...keyboard}
        onPointerDown={(event) => {
          keyboard.onBlur();
          pointer.onPointerDown(event);
        }}
      />
      {marks.length === 0 && !growing && (
        <p className="pad-hint" aria-hidden="true">
          Draw a digit here
        </p>
      )}
      {cursor && <PenCursor cursor={cursor} brush={brush} />}
      <p className="unseen" role="status">
        {said}
      </p>
    </div>
  );
}

function PenCursor({ cursor: { x, y, down }, brush }: { readonly cursor: Cursor; readonly brush: number }) {
  const share = (units: number): string => `${(units / PAD_SIDE) * 100}%`;
  return (
    <span
      className="pad-cursor"
      data-down={down}
      aria-hidden="true"
      style={{ insetInlineStart: share(x), insetBlockStart: share(y), inlineSize: share(brush) }}
    />
  );
}

/** Keeps the canvas painted in the page's ink, at the screen's own pixels, in either colour scheme. */
function usePainted(canvas: React.RefObject<HTMLCanvasElement | null>, marks: readonly VisibleMark[]): void {
  const latest = useRef(marks);
  const frame = useRef(0);

  useEffect(() => {
    latest.current = marks;
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => paint(canvas.current, marks));
  }, [canvas, marks]);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const repaint = (): void => paint(element, latest.current);
    const observer = new ResizeObserver(([entry]) => {
      const side = deviceSide(element, entry?.devicePixelContentBoxSize?.[0]?.inlineSize);
      if (side === 0 || side === element.width) return;
      element.width = side;
      element.height = side;
      repaint();
    });
    observe(observer, element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", repaint);
    return () => {
      observer.disconnect();
      scheme.removeEventListener("change", repaint);
    };
  }, [canvas]);
}

/** The exact number where it can be true: an emulated screen tells the real one's. */
function deviceSide({ clientWidth }: Element, exact: number | undefined): number {
  const side = clientWidth * devicePixelRatio;
  return exact !== undefined && Math.abs(exact - side) <= 1 ? exact : Math.round(side);
}

/** Where the browser knows its device pixels exactly it says them, and says when they change by zooming. */
function observe(observer: ResizeObserver, element: Element): void {
  try {
    observer.observe(element, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(element);
  }
}

function paint(canvas: HTMLCanvasElement | null, marks: readonly VisibleMark[]): void {
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  paintMarks(context, marks, canvas.width / PAD_SIDE);
  tint(context, getComputedStyle(canvas).color);
}
