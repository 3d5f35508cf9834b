import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { HistoryEntry } from "./entry.ts";

/** The history keeps this many sketches and deletes the oldest beyond that. */
export const MAX_ENTRIES = 100;

interface Schema extends DBSchema {
  sketches: { key: string; value: HistoryEntry; indexes: { createdAt: number } };
}

/** Why the history cannot be read or written, with what the user can do. */
class HistoryUnavailable extends Error {
  override readonly name = "HistoryUnavailable";
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;
const changed = new EventTarget();

/** The saved sketches, the newest first. @throws HistoryUnavailable */
export async function readHistory(): Promise<HistoryEntry[]> {
  return await attempt(async (database) => {
    const entries = await database.getAllFromIndex("sketches", "createdAt");
    return entries.toReversed();
  });
}

/** Undefined if there is no sketch with this id. @throws HistoryUnavailable */
export async function readSketch(id: string): Promise<HistoryEntry | undefined> {
  return await attempt((database) => database.get("sketches", id));
}

/**
 * Saves a sketch, or updates it without changing `createdAt`, and deletes the oldest beyond MAX_ENTRIES.
 * @throws HistoryUnavailable
 */
export async function keep(entry: HistoryEntry): Promise<void> {
  await change(async (store) => {
    const known = await store.get(entry.id);
    await store.put({ ...entry, createdAt: known?.createdAt ?? entry.createdAt });
    const keys = await store.index("createdAt").getAllKeys();
    for (const key of keys.slice(0, Math.max(0, keys.length - MAX_ENTRIES))) await store.delete(key);
  });
}

/** Restores deleted sketches. @throws HistoryUnavailable */
export async function restore(entries: readonly HistoryEntry[]): Promise<void> {
  await change(async (store) => {
    for (const entry of entries) await store.put(entry);
  });
}

/** @throws HistoryUnavailable */
export async function remove(ids: readonly string[]): Promise<void> {
  await change(async (store) => {
    for (const id of ids) await store.delete(id);
  });
}

export function onHistoryChange(listener: () => void): () => void {
  changed.addEventListener("change", listener);
  return () => changed.removeEventListener("change", listener);
}

const openStore = (database: IDBPDatabase<Schema>) => database.transaction("sketches", "readwrite").store;

/** Makes changes in one transaction, and tells the listeners. */
async function change(work: (store: ReturnType<typeof openStore>) => Promise<void>): Promise<void> {
  await attempt(async (database) => {
    const store = openStore(database);
    await work(store);
    await store.transaction.done;
  });
  changed.dispatchEvent(new Event("change"));
}

async function attempt<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
  try {
    return await work(await (opened ??= open()));
  } catch (error) {
    // The next attempt may succeed: the user may have allowed storage or made room.
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
    // A newer page is upgrading the database: closes it, and opens it again on the next request.
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
      return "This browser's storage is full. Delete sketches here, or free some disk space.";
    case "SecurityError":
    case "InvalidStateError":
    case "NotAllowedError":
      return `This browser does not allow the page to store data (${message}). Allow it for this address, or leave the private window.`;
    default:
      return `This browser's storage failed: ${message} Reload the page; if it fails again, clear this address's data.`;
  }
}
