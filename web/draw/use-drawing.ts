import { useCallback, useState } from "react";
import { addMark, clear, type Drawing, emptyDrawing, newSketchId, redo, undo, type VisibleMark } from "./drawing.ts";

/** Outlives the view, so that visiting another view loses no strokes. */
let last: Drawing | undefined;

/** The drawing, and the steps that change it. */
export function useDrawing() {
  const [drawing, setDrawing] = useState(() => (last ??= emptyDrawing(newSketchId())));
  const change = useCallback((step: (before: Drawing) => Drawing): Drawing => {
    last = step(last ?? emptyDrawing(newSketchId()));
    setDrawing(last);
    return last;
  }, []);
  return {
    drawing,
    add: useCallback((mark: VisibleMark) => change((before) => addMark(before, mark)), [change]),
    undo: useCallback(() => change(undo), [change]),
    redo: useCallback(() => change(redo), [change]),
    clear: useCallback(() => change((before) => clear(before, newSketchId())), [change]),
  };
}
