import { appendFile, readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Outcome, productOutcome, reductionOutcome } from "../../explain/false-causes.ts";
import { tables } from "./tables.ts";

/*
 * How often `explain` names a cause that is false, on matrix products and reductions whose true difference is known.
 * Prints Markdown tables.
 */

const HELP = `npm run false-causes -- [options]
  --trials N           trials of each family: matrix products and reductions (default: 2000)
  --from N             seed of the first trial (default: 1)
  --record FILE        also append every outcome to this file, as JSON lines
  --tabulate FILE,...  run nothing, and print the tables of recorded outcomes
`;

const { values: options } = parseArgs({
  options: {
    trials: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    record: { type: "string" },
    tabulate: { type: "string" },
    help: { type: "boolean" },
  },
});

async function run(): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const from = Number(options.from);
  for (let seed = from; seed < from + Number(options.trials); seed++) {
    const both = [productOutcome(seed), reductionOutcome(seed)];
    outcomes.push(...both);
    if (options.record) await appendFile(options.record, both.map((each) => `${JSON.stringify(each)}\n`).join(""));
  }
  return outcomes;
}

async function recorded(file: string): Promise<readonly Outcome[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Outcome);
}

if (options.help) process.stdout.write(HELP);
else {
  const files = options.tabulate?.split(",");
  process.stdout.write(tables(files ? (await Promise.all(files.map(recorded))).flat() : await run()));
}
