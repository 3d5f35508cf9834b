import { createWriteStream, openAsBlob } from "node:fs";
import { basename } from "node:path";
import { Writable } from "node:stream";
import { BlobReader, configure, type Entry, type FileEntry, ZipReader } from "@zip.js/zip.js";

configure({ useWebWorkers: false });

/** A Python wheel (a zip file) of onnxruntime-gpu, read without unpacking the rest of it. */
export interface Wheel {
  /** As its metadata folder names it, e.g. onnxruntime_gpu 1.30.0. */
  readonly distribution: string;
  readonly version: string;
  /**
   * Streams one file, wherever it is in the wheel, to a path.
   * @throws Error when the wheel does not contain it, or only damaged
   */
  extract(name: string, target: string): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error for a file that is not a zip, or not a wheel */
export async function openWheel(path: string): Promise<Wheel> {
  const reader = new ZipReader(new BlobReader(await openAsBlob(path)));
  const entries = await reader.getEntries();
  const metadata = entries
    .map(({ filename }) => /^([^/]+)-([^/-]+)\.dist-info\//.exec(filename))
    .find((match) => match);
  if (!metadata?.[1] || !metadata[2]) throw new Error("it has no .dist-info folder, so it is not a Python wheel");
  return {
    distribution: metadata[1],
    version: metadata[2],
    extract: async (name, target) => {
      // Before the target is opened: what is not in the wheel leaves no file behind.
      const entry = findFile(entries, name);
      const sink = Writable.toWeb(createWriteStream(target)) as WritableStream;
      await entry.getData(sink, { checkSignature: true });
    },
    close: () => reader.close(),
  };
}

function findFile(entries: readonly Entry[], name: string): FileEntry {
  const entry = entries.find(({ filename }) => basename(filename) === name);
  if (entry && !entry.directory) return entry;
  throw new Error(`it does not contain ${name}`);
}
