import { readFile } from "node:fs/promises";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..", "..");

/** What the benchmark makes once and keeps: a Python environment, a bundle. Git ignores it. */
export const CACHE = join(ROOT, ".isobit", "bench");

/** A shipped model, as the bare loops and the other services run it. */
export interface Subject {
  readonly id: string;
  readonly path: string;
  /** Grey level -> input: times this. */
  readonly scale: number;
  /** Whether isobit may run several images in one batch: only where the proof keeps rows apart. */
  readonly batched: boolean;
}

export const EXACT: Subject = subject("digits-exact", 1, true);
export const FLOAT: Subject = subject("digits", 1 / 255, false);

/** Rows that isobit puts into one run where it may. */
export const ISOBIT_BATCH = 100;

export function readModel({ path }: Subject): Promise<Buffer> {
  return readFile(path);
}

function subject(id: string, scale: number, batched: boolean): Subject {
  return { id, path: join(ROOT, "models", `${id}.onnx`), scale, batched };
}
