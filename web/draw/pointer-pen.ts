import { type PointerEvent, useRef } from "react";
import { PAD_SIDE, type Point, type Stroke, type Tool } from "./drawing.ts";

/** The settings of a pen and the receiver of its strokes. */
export interface Pen {
  readonly tool: Tool;
  readonly brush: number;
  /** @param stroke the stroke so far; null if it was cancelled */
  grow(stroke: Stroke | null): void;
  finish(stroke: Stroke): void;
}

/** The bit of `buttons` that a stylus sets while its eraser touches the surface (Pointer Events, 9.1). */
const ERASER_BUTTON = 32;

/** Pen, finger and mouse. The first pointer that goes down draws until it goes up; others are ignored until then. */
export function usePointerPen({ tool, brush, grow, finish }: Pen) {
  const current = useRef<{ readonly pointer: number; stroke: Stroke } | null>(null);

  const end = (event: PointerEvent<HTMLCanvasElement>): Stroke | null => {
    if (current.current?.pointer !== event.pointerId) return null;
    const { stroke } = current.current;
    current.current = null;
    return stroke;
  };

  return {
    onPointerDown(event: PointerEvent<HTMLCanvasElement>): void {
      const erasing = event.pointerType === "pen" && (event.buttons & ERASER_BUTTON) !== 0;
      if (current.current || (event.button !== 0 && !erasing)) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const stroke: Stroke = {
        kind: "stroke",
        tool: erasing ? "eraser" : tool,
        width: brush,
        points: [pointAt(event, event.nativeEvent)],
        pressed: event.pointerType === "pen",
      };
      current.current = { pointer: event.pointerId, stroke };
      grow(stroke);
    },
    onPointerMove(event: PointerEvent<HTMLCanvasElement>): void {
      if (current.current?.pointer !== event.pointerId) return;
      // Browsers deliver one event per frame; the positions in between make the line smooth.
      const all = coalesced(event.nativeEvent);
      const places = all.length > 0 ? all : [event.nativeEvent];
      const { stroke } = current.current;
      const grown = { ...stroke, points: [...stroke.points, ...places.map((place) => pointAt(event, place))] };
      current.current.stroke = grown;
      grow(grown);
    },
    onPointerUp(event: PointerEvent<HTMLCanvasElement>): void {
      const stroke = end(event);
      if (stroke) finish(stroke);
    },
    /** The system took the pointer, e.g. to switch windows: cancels the stroke. */
    onPointerCancel(event: PointerEvent<HTMLCanvasElement>): void {
      if (end(event)) grow(null);
    },
  };
}

function pointAt({ currentTarget }: PointerEvent<HTMLCanvasElement>, place: globalThis.PointerEvent): Point {
  const { left, top, width, height } = currentTarget.getBoundingClientRect();
  const x = ((place.clientX - left) / width) * PAD_SIDE;
  const y = ((place.clientY - top) / height) * PAD_SIDE;
  return [x, y, place.pressure];
}

/** Coalesced events are available only in secure contexts. */
function coalesced(event: globalThis.PointerEvent): readonly globalThis.PointerEvent[] {
  return "getCoalescedEvents" in event ? event.getCoalescedEvents() : [];
}
