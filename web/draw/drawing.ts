/** The pad's own unit: whatever its size on the screen, a drawing is this wide and high. */
export const PAD_SIDE = 280;

export type Tool = "pen" | "eraser";

/** Where the pen was, in the pad's units, and how hard it pressed, 0 to 1. */
export type Point = readonly [x: number, y: number, pressure: number];

export interface Stroke {
  readonly kind: "stroke";
  readonly tool: Tool;
  /** The brush's width in the pad's units. */
  readonly width: number;
  readonly points: readonly Point[];
  /** False: the device tells none, so the pressure is that of the speed. */
  readonly pressed: boolean;
}

/** An image from elsewhere, already in the pad's size: one level of ink a unit, 0 to 255. */
export interface PastedImage {
  readonly kind: "image";
  readonly ink: Uint8Array;
}

/** Everything before it is gone; what follows is another sketch. */
interface Cleared {
  readonly kind: "clear";
  readonly next: string;
}

export type VisibleMark = Stroke | PastedImage;
type Mark = VisibleMark | Cleared;

/** What was done, in order, and what was undone, the last first. Clearing is a step like any other. */
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

/** Nothing happens where nothing is drawn. @param next the id of the sketch that follows */
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

/** What is on the pad: everything since it was last cleared. */
export function visibleMarks({ marks }: Drawing): readonly VisibleMark[] {
  const cleared = marks.findLastIndex(({ kind }) => kind === "clear");
  return marks.slice(cleared + 1).filter((mark) => mark.kind !== "clear");
}

/** The sketch on the pad: one from one clearing to the next, however many strokes it has. */
export function sketchId({ first, marks }: Drawing): string {
  const cleared = marks.findLast((mark) => mark.kind === "clear");
  return cleared?.next ?? first;
}

/** Sorts by time, and two pages open at once do not meet. */
export function newSketchId(): string {
  return `${Date.now()}-${Math.random().toString(36).slice(2, 10)}`;
}
