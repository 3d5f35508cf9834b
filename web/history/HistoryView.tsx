import { useEffect, useRef } from "react";
import { useAnswerSources } from "../use-answer-sources.ts";
import { plural } from "../format.ts";
import { addressOf } from "../route.ts";
import { saveFile } from "../save-file.ts";
import { useTitle } from "../views/use-title.ts";
import "../styles/draw.css";
import "../styles/history.css";
import { historyCsv, historyJson } from "./export.ts";
import type { HistoryEntry } from "./entry.ts";
import { HistoryItem } from "./HistoryItem.tsx";
import { keep, MAX_ENTRIES } from "./store.ts";
import { useHistory } from "./use-history.ts";

/** The last sketches, stored in this browser. */
export function HistoryView() {
  useTitle("History");
  const sources = useAnswerSources();
  const { entries, failure, deleted, read, remove, undoRemoval } = useHistory();
  const { heading, goTo } = useFocusAfter(entries);
  const removeOne = (entry: HistoryEntry): void => {
    const place = entries?.indexOf(entry) ?? -1;
    goTo(entries?.[place + 1]?.id ?? entries?.[place - 1]?.id ?? null);
    void remove([entry]);
  };
  const undo = (): void => {
    goTo(deleted[0]?.id ?? null);
    void undoRemoval();
  };
  const actions: readonly (readonly [name: string, act: (all: readonly HistoryEntry[]) => void])[] = [
    ["Export CSV", (all) => saveFile("isobit-sketches.csv", "text/csv", historyCsv(all))],
    ["Export JSON", (all) => saveFile("isobit-sketches.json", "application/json", historyJson(all))],
    ["Delete all", (all) => void remove(all)],
  ];

  return (
    <main aria-busy={entries === undefined && failure === null}>
      <section aria-labelledby="history">
        <h2 id="history" ref={heading} tabIndex={-1}>
          Sketches
        </h2>
        <p className="prose">
          The last {MAX_ENTRIES} sketches with their results, stored only in this browser. Running one again sends its
          grey levels and nothing else.
        </p>
        <div className="history-actions row">
          {actions.map(([name, act]) => (
            <button
              key={name}
              type="button"
              className="tool"
              aria-disabled={!entries?.length}
              onClick={() => entries?.length && act(entries)}
            >
              {name}
            </button>
          ))}
        </div>
        <div role="status" className="history-deleted row">
          {deleted.length > 0 && (
            <>
              {plural(deleted.length, "sketch", "sketches")} deleted.{" "}
              <button type="button" className="tool" onClick={undo}>
                Undo
              </button>
            </>
          )}
        </div>
        {failure && (
          <div className="history-failed warning" role="alert">
            <p>The history is not available: {failure}</p>
            <button type="button" className="tool" onClick={() => void read()}>
              Try again
            </button>
          </div>
        )}
        {!entries && !failure && <p className="empty">Loading…</p>}
        {entries?.length === 0 && (
          <p className="empty">
            There are no sketches yet. <a href={addressOf("draw")}>Draw something</a>, and it appears here.
          </p>
        )}
        {entries && entries.length > 0 && (
          <ul className="history cards">
            {entries.map((entry) => (
              <HistoryItem
                key={entry.id}
                entry={entry}
                sources={sources}
                onAnswer={keep}
                onDelete={() => removeOne(entry)}
              />
            ))}
          </ul>
        )}
      </section>
    </main>
  );
}

/**
 * A button that deletes or restores a sketch disappears with its click; this moves the focus to another sketch.
 * @returns `goTo` sets the sketch that is focused once the list has changed; null is the heading
 */
function useFocusAfter(entries: readonly HistoryEntry[] | undefined) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wanted = useRef<{ readonly id: string | null } | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    const { id } = wanted.current;
    wanted.current = null;
    const kept = [...document.querySelectorAll<HTMLElement>(".kept")].find((each) => each.dataset["id"] === id);
    (kept?.querySelector<HTMLElement>(".delete") ?? heading.current)?.focus();
  }, [entries]);
  const goTo = (id: string | null): void => {
    wanted.current = { id };
  };
  return { heading, goTo };
}
