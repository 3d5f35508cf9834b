import { useEffect, useState } from "react";
import { messageOf } from "#core/errors.ts";
import type { HistoryEntry } from "./entry.ts";
import { readSketch } from "./store.ts";

/** The state of a sketch that is being loaded. */
export type KeptSketch =
  | { readonly kind: "reading" }
  | { readonly kind: "found"; readonly entry: HistoryEntry }
  /** There is no sketch with that id, or the history is not available. */
  | { readonly kind: "missing"; readonly reason: string };

const NOT_HERE = "This sketch is not in this browser: it was deleted, or drawn in another browser.";
const READING = Object.freeze({ kind: "reading" } as const);

/** @param id null if no sketch is wanted */
export function useKeptSketch(id: string | null): KeptSketch | null {
  const [read, setRead] = useState<{ readonly id: string; readonly sketch: KeptSketch }>();
  useEffect(() => {
    if (id === null) return undefined;
    let left = false;
    void readSketch(id)
      .then((entry): KeptSketch => (entry ? { kind: "found", entry } : { kind: "missing", reason: NOT_HERE }))
      .catch((error: unknown): KeptSketch => ({ kind: "missing", reason: messageOf(error) }))
      .then((sketch) => {
        if (!left) setRead({ id, sketch });
      });
    return () => {
      left = true;
    };
  }, [id]);
  if (id === null) return null;
  return read?.id === id ? read.sketch : READING;
}
