import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { HistoryEntry } from "./entry.ts";

/** More are not kept: the oldest goes. */
export const MAX_ENTRIES = 100;

interface Schema extends DBSchema {
  sketches: { key: string; value: HistoryEntry; indexes: { createdAt: number } };
}

/** What keeps a sketch from being kept, in words for the reader. */
class HistoryUnavailable extends Error {
  override readonly name = "HistoryUnavailable";
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;
const changed = new EventTarget();

/** The sketches kept in this browser, the newest first. @throws HistoryUnavailable */
export async function readHistory(): Promise<HistoryEntry[]> {
  return await attempt(async (database) => {
    const entries = await database.getAllFromIndex("sketches", "createdAt");
    return entries.toReversed();
  });
}

/** One of them; undefined where none has this id. @throws HistoryUnavailable */
export async function readSketch(id: string): Promise<HistoryEntry | undefined> {
  return await attempt((database) => database.get("sketches", id));
}

/**
 * Keeps a sketch, or replaces what is kept of it but for when it was first answered, and lets the oldest go.
 * @throws HistoryUnavailable where the browser keeps nothing or has no room
 */
export async function keep(entry: HistoryEntry): Promise<void> {
  await attempt(async (database) => {
    const transaction = database.transaction("sketches", "readwrite");
    const known = await transaction.store.get(entry.id);
    await transaction.store.put({ ...entry, createdAt: known?.createdAt ?? entry.createdAt });
    const keys = await transaction.store.index("createdAt").getAllKeys();
    for (const key of keys.slice(0, Math.max(0, keys.length - MAX_ENTRIES))) await transaction.store.delete(key);
    await transaction.done;
  });
  changed.dispatchEvent(new Event("change"));
}

/** Puts deleted sketches back as they were. @throws HistoryUnavailable */
export async function restore(entries: readonly HistoryEntry[]): Promise<void> {
  await attempt(async (database) => {
    const transaction = database.transaction("sketches", "readwrite");
    for (const entry of entries) await transaction.store.put(entry);
    await transaction.done;
  });
  changed.dispatchEvent(new Event("change"));
}

/** @throws HistoryUnavailable */
export async function remove(ids: readonly string[]): Promise<void> {
  await attempt(async (database) => {
    const transaction = database.transaction("sketches", "readwrite");
    for (const id of ids) await transaction.store.delete(id);
    await transaction.done;
  });
  changed.dispatchEvent(new Event("change"));
}

export function onHistoryChange(listener: () => void): () => void {
  changed.addEventListener("change", listener);
  return () => changed.removeEventListener("change", listener);
}

async function attempt<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
  try {
    return await work(await (opened ??= open()));
  } catch (error) {
    // A refusal may be over at the next try: the reader allowed storage, or made room.
    opened = undefined;
    throw new HistoryUnavailable(reasonOf(error), { cause: error });
  }
}

function open(): Promise<IDBPDatabase<Schema>> {
  if (typeof indexedDB === "undefined") return Promise.reject(new Error("This browser has no IndexedDB."));
  return openDB<Schema>("isobit", 1, {
    upgrade(database) {
      database.createObjectStore("sketches", { keyPath: "id" }).createIndex("createdAt", "createdAt");
    },
    // A newer page wants to change the database: let it, and open again when next asked.
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
      opened = undefined;
    },
    terminated: () => {
      opened = undefined;
    },
  });
}

function reasonOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  switch (name) {
    case "QuotaExceededError":
      return "This browser has no room left for it. Delete sketches here, or free some of the disk.";
    case "SecurityError":
    case "InvalidStateError":
    case "NotAllowedError":
      return `This browser lets the page store nothing (${message}). Allow it to keep data for this address, or leave the private window.`;
    default:
      return `This browser's storage failed: ${message} Reload the page; if it goes on, clear this address's data.`;
  }
}
