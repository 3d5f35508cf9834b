import { once } from "node:events";
import { appendFile, readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Outcome } from "../../explain/false-causes.ts";
import { tables } from "./tables.ts";

/*
 * How often `explain` names a cause that is false, on pairs of sums and reductions whose true difference is known.
 * Prints Markdown tables.
 */

const HELP = `npm run false-causes -- [options]
  --trials N       trials of each family: matrix products and reductions (2000)
  --from N         seed of the first one (1)
  --threads N      worker threads (2)
  --record FILE    also append every outcome to this file, as JSON lines
  --tabulate FILE  run nothing, and print the tables of outcomes that were recorded
`;

const { values: options } = parseArgs({
  options: {
    trials: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    threads: { type: "string", default: "2" },
    record: { type: "string" },
    tabulate: { type: "string" },
    help: { type: "boolean" },
  },
});

const BATCH = 20;

async function run(): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const [from, trials] = [Number(options.from), Number(options.trials)];
  let next = from;
  const workers = Array.from({ length: Number(options.threads) }, async () => {
    const worker = new Worker(new URL("worker.ts", import.meta.url));
    while (next < from + trials) {
      const first = next;
      next += BATCH;
      worker.postMessage({ from: first, to: Math.min(first + BATCH, from + trials) });
      const [batch] = (await once(worker, "message")) as [readonly Outcome[]];
      outcomes.push(...batch);
      if (options.record) await appendFile(options.record, batch.map((each) => `${JSON.stringify(each)}\n`).join(""));
    }
    await worker.terminate();
  });
  await Promise.all(workers);
  return outcomes;
}

async function recorded(file: string): Promise<readonly Outcome[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Outcome);
}

if (options.help) process.stdout.write(HELP);
else process.stdout.write(tables(options.tabulate ? await recorded(options.tabulate) : await run()));
