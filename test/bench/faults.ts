/**
 * Injects every kind of fault into every operator's real output and prints how each is called.
 * usage: node test/bench/faults.ts [--seeds 1] [--only WASM,CUDA,WEBGPU]
 */
import { parseArgs } from "node:util";
import { FAULT_OPERATORS } from "../explain/fault-cases.ts";
import { type FaultOutcome, type FaultySource, type InjectedFault, injectFaults } from "../explain/fault-campaign.ts";
import { FAULTS } from "../explain/faults.ts";
import { webgpuMissing } from "../support/missing.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "1" }, only: { type: "string", default: "WASM,CUDA,WEBGPU" } },
});
const sources = values.only.split(",") as FaultySource[];
const LETTERS: Readonly<Record<FaultOutcome, string>> = {
  wrong: "W",
  unexplained: "U",
  indistinguishable: "=",
  undercounted: "u",
  benign: "B",
};

const all: InjectedFault[] = [];
for (const source of sources) {
  const notHere = source === "WEBGPU" ? webgpuMissing() : null;
  if (notHere !== null) {
    console.log(`WEBGPU is skipped: ${notHere}.`);
    continue;
  }
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const { injected, missing } = injectFaults({ source, seed });
    all.push(...injected);
    if (seed === 1 && missing.length > 0) console.log(`${source} does not run ${missing.join(", ")}.\n`);
  }
}

const outcomes = Object.keys(LETTERS) as FaultOutcome[];
console.log(`| source | faults | ${outcomes.join(" | ")} |`);
console.log(`| --- |${" ---: |".repeat(outcomes.length + 1)}`);
for (const source of [...sources, "all"]) {
  const of = all.filter((each) => source === "all" || each.source === source);
  const counts = outcomes.map((outcome) => of.filter((each) => each.outcome === outcome).length);
  console.log(`| ${source} | ${of.length} | ${counts.join(" | ")} |`);
}

const kinds = Object.keys(FAULTS);
console.log(
  `\n${outcomes.map((outcome) => `${LETTERS[outcome]} ${outcome}`).join(", ")}; one letter per source (${sources.join(", ")}) and seed; - where the fault changes nothing or the source does not run the operator.\n`,
);
console.log(kinds.map((kind, at) => `${at + 1} ${kind}`).join(", "));
console.log(`\n| operator | ${kinds.map((_, at) => at + 1).join(" | ")} |`);
console.log(`| --- |${" --- |".repeat(kinds.length)}`);
for (const operator of FAULT_OPERATORS) {
  const cells = kinds.map((fault) => sources.map((source) => lettersOf(operator, fault, source)).join(""));
  console.log(`| ${operator} | ${cells.join(" | ")} |`);
}

for (const { operator, fault, source, outcome, explanation } of all) {
  if (outcome !== "benign" && outcome !== "undercounted") continue;
  const causes = explanation?.causes.map(({ cause, elements }) => `${cause} ${elements}`).join(", ");
  console.log(`\n${outcome}: ${operator} on ${source}, ${fault}: ${causes}. ${explanation?.notes.join(" ")}`);
  process.exitCode = 1;
}

function lettersOf(operator: string, fault: string, source: FaultySource): string {
  const same = all.filter((each) => each.operator === operator && each.fault === fault && each.source === source);
  return same.length === 0 ? "-" : same.map(({ outcome }) => LETTERS[outcome]).join("");
}
