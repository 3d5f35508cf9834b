import { useEffect, useRef, useState } from "react";
import { PAD_SIDE, type Stroke, type Tool, type VisibleMark } from "./drawing.ts";
import { type Cursor, useKeyboardPen } from "./keyboard-pen.ts";
import { paintMarks, tint } from "./paint.ts";
import { usePointerPen } from "./pointer-pen.ts";

interface Props {
  readonly marks: readonly VisibleMark[];
  readonly tool: Tool;
  readonly brush: number;
  /** Called with the growing stroke, or null if it is cancelled. */
  onGrow(stroke: Stroke | null): void;
  onStroke(stroke: Stroke): void;
}

/** A canvas to draw on with a pen, a finger, the mouse or the arrow keys. */
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
        // The arrow keys move the pen; a screen reader passes them on only to an application.
        role="application"
        aria-label="Drawing pad"
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

/** Paints the canvas in the page's text colour at the screen's resolution, again when either changes. */
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

/** The exact side in device pixels if it is plausible: an emulated screen reports the real screen's. */
function deviceSide({ clientWidth }: Element, exact: number | undefined): number {
  const side = clientWidth * devicePixelRatio;
  return exact !== undefined && Math.abs(exact - side) <= 1 ? exact : Math.round(side);
}

/** Not every browser can observe device pixels, which also change by zooming. */
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

/** How to draw without a mouse; a screen reader reads the first paragraph with the pad. */
export function PadHelp() {
  return (
    <details className="pad-help quiet">
      <summary>Keys and images</summary>
      <p id="pad-keys">
        On the pad, the arrow keys move the pen; with Shift, in small steps. Space puts the pen down and lifts it.
      </p>
      <p>
        <kbd>P</kbd> pen, <kbd>E</kbd> eraser, <kbd>[</kbd> and <kbd>]</kbd> brush size, <kbd>Ctrl Z</kbd> undo,{" "}
        <kbd>Ctrl Shift Z</kbd> redo, <kbd>Delete</kbd> clear, <kbd>O</kbd> open an image.
      </p>
      <p>You can also drop or paste an image. It stays in this browser; only the grey levels are sent.</p>
    </details>
  );
}
