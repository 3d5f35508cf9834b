import { useCallback, useEffect, useRef } from "react";
import type { HistoryEntry } from "./entry.ts";

/**
 * The button that deletes a sketch goes with it, and so does the one that brings it back: the focus then goes to another
 * sketch, so that whoever goes by keyboard can go on from there.
 * @returns `goTo` the sketch that gets the focus once the list has changed; null: the heading
 */
export function useFocusAfter(entries: readonly HistoryEntry[] | undefined) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wanted = useRef<{ readonly id: string | null } | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    const { id } = wanted.current;
    wanted.current = null;
    const kept = [...document.querySelectorAll<HTMLElement>(".kept")].find((each) => each.dataset["id"] === id);
    (kept?.querySelector<HTMLElement>(".delete") ?? heading.current)?.focus();
  }, [entries]);
  const goTo = useCallback((id: string | null): void => {
    wanted.current = { id };
  }, []);
  return { heading, goTo };
}
