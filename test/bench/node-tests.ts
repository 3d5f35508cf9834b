import { existsSync } from "node:fs";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { messageOf } from "#core/errors.ts";
import { readModel } from "#core/onnx/read.ts";
import { compare } from "#library/compare/compare.ts";
import type { RunReport } from "#library/report/run-report.ts";

/*
 * Compares every node test of ONNX on every backend and with its expected outputs:
 * `node test/bench/node-tests.ts <folder> <results.jsonl>`. The folder is `backend/test/data/node` of the Python package
 * onnx (1.19 is the last that holds it) or of Debian's libonnx-testdata. A run that was stopped goes on where it was. Prints a table by
 * operator, and every result that is wrong.
 */

const SIDE_BY_SIDE = 2;

interface Tested {
  readonly test: string;
  readonly op: string;
  /** Why it was refused or failed; null where it was compared. */
  readonly refused: string | null;
  readonly pairs: readonly TestedPair[];
}

interface TestedPair {
  readonly pair: string;
  readonly result: "identical" | "explained" | "unexplained" | "wrong" | "not compared";
  readonly note: string;
}

const [folder = "", results = ""] = process.argv.slice(2);
if (folder === "" || results === "") throw new Error("usage: node test/bench/node-tests.ts <folder> <results.jsonl>");

const done = new Map<string, Tested>();
if (existsSync(results))
  for (const line of (await readFile(results, "utf8")).split("\n").filter(Boolean)) {
    const tested = JSON.parse(line) as Tested;
    done.set(tested.test, tested);
  }
const waiting = (await readdir(folder)).toSorted().filter((test) => !done.has(test));
await Promise.all(
  Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      const tested = await compareTest(test);
      done.set(test, tested);
      await appendFile(results, `${JSON.stringify(tested)}\n`);
    }
  }),
);
printTable([...done.values()]);

async function compareTest(test: string): Promise<Tested> {
  const model = join(folder, test, "model.onnx");
  let op = "?";
  try {
    op = readModel(new Uint8Array(await readFile(model))).graph.nodes.at(-1)?.op ?? "(none)";
    const { report } = await compare(model, { inputs: [join(folder, test)], asIs: true });
    return { test, op, refused: null, pairs: pairsOf(report) };
  } catch (error) {
    return { test, op, refused: messageOf(error), pairs: [] };
  }
}

function pairsOf(report: RunReport): TestedPair[] {
  return report.pairs.map(({ reference, other, verdict, differingElements, maxAbs, maxUlp }): TestedPair => {
    const pair = `${other} against ${reference}`;
    if (verdict === "INCOMPLETE") {
      const errors = report.rows.flatMap(({ outputs }) => outputs.flatMap(({ error }) => error?.message ?? []));
      return { pair, result: "not compared", note: errors[0] ?? "" };
    }
    if (differingElements === 0) return { pair, result: "identical", note: "" };
    const trace = report.traces.find((each) => each.reference === reference && each.other === other);
    const wrong = trace?.nodes.find(({ cause }) => cause === "WRONG_RESULT");
    const first = wrong ?? trace?.firstDrift;
    const note = `${first?.cause ?? "no trace"} in ${first?.name ?? "?"}, max |delta| ${maxAbs}, max ULP ${maxUlp}: ${first?.explanation?.notes.join(" ") ?? ""}`;
    if (wrong) return { pair, result: "wrong", note };
    const open = first == null || first.cause === "UNEXPLAINED" || first.cause === "UNDETERMINED";
    return { pair, result: open ? "unexplained" : "explained", note };
  });
}

function printTable(tests: readonly Tested[]): void {
  const columns = ["identical", "explained", "unexplained", "wrong", "not compared"] as const;
  const pairs = tests.flatMap(({ op, pairs: own }) => own.map((pair) => ({ op, ...pair })));
  const rows = [...Map.groupBy(pairs, ({ op }) => op)].toSorted(([left], [right]) => left.localeCompare(right));
  const line = (op: string, own: readonly TestedPair[]): string =>
    `| ${[op, ...columns.map((column) => own.filter(({ result }) => result === column).length)].join(" | ")} |`;
  console.log(`| operator | ${columns.join(" | ")} |\n| --- | ${columns.map(() => "---").join(" | ")} |`);
  for (const [op, own] of rows) console.log(line(op, own));
  console.log(line("all", pairs));
  console.log(`\n${tests.length} tests, ${tests.filter(({ refused }) => refused !== null).length} refused:\n`);
  for (const { test, refused } of tests) if (refused !== null) console.log(`- ${test}: ${refused}`);
  for (const { test, pairs: own } of tests)
    for (const { pair, result, note } of own)
      if (result === "wrong" || result === "not compared") console.log(`- ${result}: ${test}, ${pair}: ${note}`);
}
