import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, IsobitError, type LibraryError } from "#core/errors.ts";
import type { CheckedRow } from "./checked-row.ts";
import { contradiction, type SweepHeader } from "./header.ts";
import { makeFolder, requireWritable, unwritable } from "../output-file.ts";
import { readLines } from "./read-lines.ts";
import { rowOfLine } from "./row-of-line.ts";
import { deservesAnotherTry, type SweptRow } from "./swept-row.ts";

/** sweep.jsonl: a header, then one line per image. It is only appended to, so that an early end keeps what is done. */
export interface ResultsFile {
  /** Null if nothing is kept. */
  readonly path: string | null;
  append(rows: readonly SweptRow[]): Promise<void>;
  close(): Promise<void>;
}

/** For a sweep without a results file. */
export const NO_RESULTS: ResultsFile = Object.freeze({ path: null, append: async () => {}, close: async () => {} });

const RESULTS = { name: "The results", remedy: "Choose another folder with `out`." };

/** @throws IsobitError where `createResults` could not write */
export async function requireWritableResults(path: string): Promise<void> {
  await requireWritable(path, RESULTS);
}

/** Starts a new file in place of an earlier one. @throws IsobitError where it cannot be written */
export async function createResults(path: string, header: SweepHeader): Promise<ResultsFile> {
  try {
    await makeFolder(dirname(path));
    const handle = await open(path, "w");
    await handle.appendFile(`${JSON.stringify(header)}\n`);
    return resultsFile(path, handle);
  } catch (error) {
    throw unwritable(RESULTS, error);
  }
}

/**
 * Goes on with a file that an earlier sweep left: each row that needs not be done again is handed over, and what its end
 * tore off is cut off. A row that some source did not answer is asked for again; the later line of an image counts.
 * @throws IsobitError BAD_OPTION where it is not such a file, or belongs to another sweep
 */
export async function resumeResults(
  path: string,
  header: SweepHeader,
  onRow: (row: CheckedRow) => void,
): Promise<ResultsFile> {
  const handle = await open(path, "r+").catch((error: unknown) => {
    throw refused(path, `it cannot be opened (${messageOf(error)})`);
  });
  try {
    const { end } = await readResults(handle, path, header, onRow);
    await handle.truncate(end);
    await handle.close();
    return resultsFile(path, await open(path, "a"));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @returns where the last whole line ends */
async function readResults(
  handle: FileHandle,
  path: string,
  header: SweepHeader,
  onRow: (row: CheckedRow) => void,
): Promise<{ readonly end: number }> {
  let end = 0;
  let number = 0;
  for await (const { text, nextAt } of readLines(handle)) {
    number++;
    if (number === 1) checkHeader(path, text, header);
    else {
      const checked = rowOfLine(text, header);
      if (typeof checked === "string") {
        const advice = `Delete line ${number} of ${path}, and its image is asked for again`;
        throw refused(path, `its line ${number} ${checked}`, advice);
      }
      if (!deservesAnotherTry(checked.row)) onRow(checked);
    }
    end = nextAt;
  }
  if (number === 0) throw refused(path, "it has no whole line, so nothing in it is done");
  return { end };
}

function checkHeader(path: string, text: string, now: SweepHeader): void {
  const then = parsed(text) as Partial<SweepHeader> | null;
  if (then?.format !== "isobit-sweep") throw refused(path, "it is not a results file of a sweep");
  if (then.version !== 1)
    throw refused(path, `its format has version ${then.version}, and this isobit knows version 1`);
  const why = contradiction(then as SweepHeader, now);
  if (why !== null) throw refused(path, why);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function resultsFile(path: string, handle: FileHandle): ResultsFile {
  return {
    path,
    append: async (rows) =>
      await handle.appendFile(rows.map((row) => `${JSON.stringify(row)}\n`).join("")).catch((error: unknown) => {
        throw interrupted(path, error);
      }),
    close: async () => {
      await handle.datasync().catch((error: unknown) => {
        throw interrupted(path, error);
      });
      await handle.close();
    },
  };
}

/** A full disk, a folder that is gone: what was written stays, and a line that was torn off is cut off at the resume. */
function interrupted(path: string, error: unknown): LibraryError {
  return new IsobitError(
    "INCOMPLETE",
    `${path} can no longer be written (${messageOf(error)}). Check that ${dirname(path)} exists and has free space, then resume from ${path}.`,
    { cause: error },
  );
}

function refused(path: string, why: string, advice = "Give the options of that sweep"): LibraryError {
  return new IsobitError(
    "BAD_OPTION",
    `${path} cannot be resumed: ${why}. ${advice}, or leave out \`resume\` to start again.`,
  );
}
