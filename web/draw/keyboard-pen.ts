import { type KeyboardEvent, useRef, useState } from "react";
import { PAD_SIDE, type Point, type Stroke } from "./drawing.ts";
import type { Pen } from "./pointer-pen.ts";

export interface Cursor {
  readonly x: number;
  readonly y: number;
  readonly down: boolean;
}

const STEP = 10;
const SMALL_STEP = 2;
const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const CENTRE: Cursor = { x: PAD_SIDE / 2, y: PAD_SIDE / 2, down: false };

/** The arrow keys move a cursor (with Shift in small steps), Space puts the pen down or lifts it, Escape lifts it. */
export function useKeyboardPen({ tool, brush, grow, finish }: Pen) {
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [said, say] = useState("");
  const stroke = useRef<Stroke | null>(null);

  const lift = (): void => {
    if (!stroke.current) return;
    const done = stroke.current;
    stroke.current = null;
    finish(done);
    setCursor((at) => at && { ...at, down: false });
    say("Pen up.");
  };

  const toggle = (at: Cursor): void => {
    if (stroke.current) return lift();
    const points: readonly Point[] = [[at.x, at.y, 0.5]];
    stroke.current = { kind: "stroke", tool, width: brush, points, pressed: true };
    grow(stroke.current);
    setCursor({ ...at, down: true });
    say(tool === "pen" ? "Pen down." : "Eraser down.");
  };

  const move = (at: Cursor, [right, down]: readonly [number, number], step: number): void => {
    const to = { ...at, x: within(at.x + right * step), y: within(at.y + down * step) };
    setCursor(to);
    if (!stroke.current) return;
    stroke.current = { ...stroke.current, points: [...stroke.current.points, [to.x, to.y, 0.5]] };
    grow(stroke.current);
  };

  return {
    cursor,
    said,
    onKeyDown(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = cursor ?? CENTRE;
      const direction = DIRECTIONS[event.key];
      if (direction) move(at, direction, event.shiftKey ? SMALL_STEP : STEP);
      else if (event.key === " " && !event.repeat) toggle(at);
      else if (event.key === "Escape") lift();
      else if (event.key !== " ") return;
      event.preventDefault();
    },
    /** Ends the stroke. */
    onBlur(): void {
      lift();
      setCursor(null);
    },
  };
}

function within(place: number): number {
  return Math.min(PAD_SIDE, Math.max(0, place));
}
