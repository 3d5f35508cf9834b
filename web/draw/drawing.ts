/** Width and height of a drawing in the pad's own units, which do not depend on its size on the screen. */
export const PAD_SIDE = 280;

export type Tool = "pen" | "eraser";

/** The pen's position in the pad's units and its pressure, 0 to 1. */
export type Point = readonly [x: number, y: number, pressure: number];

export interface Stroke {
  readonly kind: "stroke";
  readonly tool: Tool;
  /** The brush's width in the pad's units. */
  readonly width: number;
  readonly points: readonly Point[];
  /** False if the device does not report pressure; it is then simulated from the speed. */
  readonly pressed: boolean;
}

/** An image in the pad's size: one level of ink per square unit, 0 to 255. */
export interface PastedImage {
  readonly kind: "image";
  readonly ink: Uint8Array;
}

/** Hides everything before it; what follows is another sketch. */
interface Cleared {
  readonly kind: "clear";
  readonly next: string;
}

export type VisibleMark = Stroke | PastedImage;
type Mark = VisibleMark | Cleared;

/** The steps in order, and the undone steps, the last first. Clearing is a step like any other. */
export interface Drawing {
  readonly first: string;
  readonly marks: readonly Mark[];
  readonly undone: readonly Mark[];
}

/** @param first the id of its first sketch */
export function emptyDrawing(first: string): Drawing {
  return { first, marks: [], undone: [] };
}

export function addMark({ first, marks }: Drawing, mark: VisibleMark): Drawing {
  return { first, marks: [...marks, mark], undone: [] };
}

/** Does nothing to an empty pad. @param next the id of the sketch that follows */
export function clear(drawing: Drawing, next: string): Drawing {
  if (visibleMarks(drawing).length === 0) return drawing;
  return { ...drawing, marks: [...drawing.marks, { kind: "clear", next }], undone: [] };
}

export function undo({ first, marks, undone }: Drawing): Drawing {
  const last = marks.at(-1);
  return last ? { first, marks: marks.slice(0, -1), undone: [last, ...undone] } : { first, marks, undone };
}

export function redo({ first, marks, undone }: Drawing): Drawing {
  const [next, ...rest] = undone;
  return next ? { first, marks: [...marks, next], undone: rest } : { first, marks, undone };
}

/** Everything drawn since the pad was last cleared. */
export function visibleMarks({ marks }: Drawing): readonly VisibleMark[] {
  const cleared = marks.findLastIndex(({ kind }) => kind === "clear");
  return marks.slice(cleared + 1).filter((mark) => mark.kind !== "clear");
}

/** A sketch has one id from one clearing to the next. */
export function sketchId({ first, marks }: Drawing): string {
  const cleared = marks.findLast((mark) => mark.kind === "clear");
  return cleared?.next ?? first;
}

/** Sorts by time; the random part keeps two open pages from colliding. */
export function newSketchId(): string {
  return `${Date.now()}-${Math.random().toString(36).slice(2, 10)}`;
}
