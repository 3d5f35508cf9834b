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
import { useFocusAfter } from "./use-focus-after.ts";
import { useHistory } from "./use-history.ts";

/** The last sketches, as they lie in this browser. */
export function HistoryView() {
  useTitle("History");
  const sources = useAnswerSources();
  const { entries, failure, deleted, read, remove, undoRemoval } = useHistory();
  const count = entries?.length ?? 0;
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

  return (
    <main aria-busy={entries === undefined && failure === null}>
      <section aria-labelledby="history">
        <h2 id="history" ref={heading} tabIndex={-1}>
          Sketches
        </h2>
        <p className="history-note">
          The last {MAX_ENTRIES}, with their answers. They are kept in this browser only; running one again sends its
          grey levels, and nothing else.
        </p>
        <div className="history-actions">
          <button
            type="button"
            className="tool"
            aria-disabled={count === 0}
            onClick={() => entries && count > 0 && saveFile("isobit-sketches.csv", "text/csv", historyCsv(entries))}
          >
            Export CSV
          </button>
          <button
            type="button"
            className="tool"
            aria-disabled={count === 0}
            onClick={() =>
              entries && count > 0 && saveFile("isobit-sketches.json", "application/json", historyJson(entries))
            }
          >
            Export JSON
          </button>
          <button
            type="button"
            className="tool"
            aria-disabled={count === 0}
            onClick={() => entries && count > 0 && void remove(entries)}
          >
            Delete all
          </button>
        </div>
        <div role="status" className="history-deleted">
          {deleted.length > 0 && (
            <>
              {plural(deleted.length, "sketch").replace("sketchs", "sketches")} deleted.{" "}
              <button type="button" className="tool" onClick={undo}>
                Undo
              </button>
            </>
          )}
        </div>
        {failure && (
          <div className="history-failed" role="alert">
            <p>The history is not available: {failure}</p>
            <button type="button" className="tool" onClick={() => void read()}>
              Try again
            </button>
          </div>
        )}
        <Sketches entries={entries} failed={failure !== null} sources={sources} onDelete={removeOne} />
      </section>
    </main>
  );
}

interface SketchesProps {
  readonly entries: readonly HistoryEntry[] | undefined;
  readonly failed: boolean;
  readonly sources: ReturnType<typeof useAnswerSources>;
  onDelete(entry: HistoryEntry): void;
}

function Sketches({ entries, failed, sources, onDelete }: SketchesProps) {
  if (!entries) return failed ? null : <p className="empty">Reading…</p>;
  if (entries.length === 0) {
    return (
      <p className="empty">
        Nothing is kept yet. <a href={addressOf("draw")}>Draw something</a>, and it appears here.
      </p>
    );
  }
  return (
    <ul className="history">
      {entries.map((entry) => (
        <HistoryItem key={entry.id} entry={entry} sources={sources} onAnswer={keep} onDelete={() => onDelete(entry)} />
      ))}
    </ul>
  );
}
