import { setTimeout as delay } from "node:timers/promises";
import { IsobitError } from "#core/errors.ts";
import { describeExit, launch } from "#library/stack/launch.ts";
import { nodeCommand } from "#library/stack/side-commands.ts";
import type { Variables } from "#library/stack/stack-settings.ts";

const VITE = ["node_modules/vite/bin/vite.js", "--config", "web/vite.config.ts", "--host", "127.0.0.1", "--strictPort"];
const POLL_MS = 100;

/**
 * Serves the web client by Vite's development server, which reloads it when its source changes, while some work runs.
 * @param page.variables EDGE_URL: where the page sends its requests
 * @param page.onEvent called if the server ends before the work, which continues
 * @throws IsobitError if the server cannot start
 */
export async function whilePageIsServed<Result>(
  page: {
    readonly port: number;
    readonly variables: Variables;
    onLine(line: string): void;
    onEvent(sentence: string): void;
  },
  work: () => Promise<Result>,
): Promise<Result> {
  const args = [...VITE, "--port", String(page.port)];
  const vite = launch(nodeCommand("web", args, { ...page.variables, NODE_ENV: "development" }), page.onLine);
  let isOver = false;
  const ended = vite.exit.then((exit) => `The page's server ended: Vite ${describeExit(exit)}.`);
  try {
    await untilServed(`http://127.0.0.1:${page.port}/`, ended);
    void ended.then((sentence) => isOver || page.onEvent(sentence));
    return await work();
  } finally {
    isOver = true;
    await vite.stop();
  }
}

async function untilServed(url: string, ended: Promise<string>): Promise<void> {
  let end: string | undefined;
  void ended.then((sentence) => (end = sentence));
  while (!(await fetch(url).catch(() => null))?.ok) {
    if (end !== undefined) throw new IsobitError("STACK_FAILED", end);
    await delay(POLL_MS);
  }
}
