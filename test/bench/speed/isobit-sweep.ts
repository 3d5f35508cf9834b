import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "#node/ports.ts";
import { startIsobit } from "../../support/isobit.ts";
import type { RunningStack } from "../../support/stack.ts";
import type { Subject } from "./subjects.ts";

export interface SweptAnew {
  /** Images a second, from the first request to the last answer, as isobit itself says. */
  readonly rate: number;
  /** Of the whole command, Node's start, the header and the reports included. */
  readonly wallSeconds: number;
  readonly verdict: string;
  readonly identical: number;
}

interface Summary {
  readonly images: number;
  readonly rate: number;
  readonly verdict: string;
  readonly failures: number;
  readonly pairs: readonly { readonly compared: number; readonly identical: number }[];
}

/**
 * `isobit sweep --backends WASM,CPU --json`, anew, on a running stack, found as `npm start` leaves it to be found, or on
 * one that it starts itself.
 * @param wanted.watch told the command's process id as soon as it runs
 * @throws Error with its stderr where it did not compare every image
 */
export async function sweepAnew(
  subject: Subject,
  wanted: {
    readonly images: number;
    readonly stack?: Pick<RunningStack, "edgeUrl" | "originUrl">;
    readonly inputs?: string;
    readonly watch?: (pid: number) => void;
  },
): Promise<SweptAnew> {
  const out = await mkdtemp(join(tmpdir(), "isobit-bench-"));
  const inputs = wanted.inputs === undefined ? [] : ["--inputs", wanted.inputs];
  const limit = ["--limit", String(wanted.images)];
  try {
    const started = performance.now();
    const args = ["sweep", "--backends", "WASM,CPU", "--json", "--model", subject.id, "--out", out];
    const running = startIsobit([...args, ...limit, ...inputs], { env: await portsOf(wanted.stack) });
    wanted.watch?.(running.pid);
    const { stdout, stderr } = await running.ended;
    const wallSeconds = (performance.now() - started) / 1000;
    const line = stdout.trim().split("\n").at(-1) ?? "";
    if (!line.startsWith("{")) throw new Error(`isobit sweep printed no summary:\n${stderr.slice(-2_000)}`);
    const { images, rate, verdict, failures, pairs } = JSON.parse(line) as Summary;
    const [pair] = pairs;
    if (images !== wanted.images || failures > 0 || pair?.compared !== wanted.images) {
      const why = await firstError(join(out, "sweep.jsonl"));
      throw new Error(
        `isobit sweep compared ${pair?.compared} of ${wanted.images} images. The first that failed: ${why}`,
      );
    }
    return { rate, wallSeconds, verdict, identical: pair.identical };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** Without a stack a port where nothing answers, so that it starts one of its own. */
async function portsOf(stack?: Pick<RunningStack, "edgeUrl" | "originUrl">): Promise<Record<string, string>> {
  if (!stack) return { EDGE_PORT: String(await freePort()) };
  return { EDGE_PORT: new URL(stack.edgeUrl).port, ORIGIN_PORT: new URL(stack.originUrl).port };
}

async function firstError(results: string): Promise<string> {
  const lines = (await readFile(results, "utf8")).split("\n");
  const [error] = /"error":\{.*?\}/.exec(lines.find((line) => line.includes('"error":{')) ?? "") ?? [];
  return error ?? "none is in its results";
}
