import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What so many connections send for so long, each one after the answer to the last. */
export interface Load {
  readonly url: string;
  readonly path: string;
  readonly bodies: readonly { readonly body: string; readonly expected: string }[];
  readonly connections: number;
  readonly seconds: number;
}

export interface Loaded {
  readonly answers: number;
  /** Answers a second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers without the expected text, and none at all. */
  readonly failed: number;
}

/** @throws Error where any answer was wrong: wrong answers are fast */
export async function underLoad(load: Load): Promise<Loaded> {
  const child = fork(join(import.meta.dirname, "load-process.ts"));
  const exited = once(child, "exit").then(([code]) => {
    throw new Error(`The load's process ended with ${code} before it was done.`);
  });
  child.send(load);
  const [loaded] = (await Promise.race([once(child, "message"), exited])) as [Loaded];
  await exited.catch(() => {});
  if (loaded.failed > 0) throw new Error(`${load.url}${load.path} answered ${loaded.failed} requests wrongly.`);
  return loaded;
}
