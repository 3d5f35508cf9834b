import { useCallback, useEffect, useState } from "react";
import { messageOf } from "#core/errors.ts";
import type { HistoryEntry } from "./entry.ts";
import { onHistoryChange, readHistory, remove, restore } from "./store.ts";

/** The saved sketches, kept up to date, and the last error. */
export function useHistory() {
  const [entries, setEntries] = useState<readonly HistoryEntry[]>();
  const [failure, setFailure] = useState<string | null>(null);
  const [deleted, setDeleted] = useState<readonly HistoryEntry[]>([]);

  const attempt = useCallback(async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      setFailure(null);
    } catch (error) {
      setFailure(messageOf(error));
    }
  }, []);
  const read = useCallback(() => attempt(async () => setEntries(await readHistory())), [attempt]);

  useEffect(() => {
    void read();
    return onHistoryChange(() => void read());
  }, [read]);

  return {
    /** The newest first; undefined until they are loaded. */
    entries,
    failure,
    /** The sketches that were deleted last and can be restored. */
    deleted,
    read,
    remove: (gone: readonly HistoryEntry[]) =>
      attempt(async () => {
        await remove(gone.map(({ id }) => id));
        setDeleted(gone);
      }),
    undoRemoval: () =>
      attempt(async () => {
        await restore(deleted);
        setDeleted([]);
      }),
  };
}
