import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from "vitest/node";

const SLOWEST = 10;

/** What a run prints at its end next to vitest's own report: its slowest files, and what was skipped and why. */
export class RunSummary implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // With -t a run skips everything else, which is not news.
    const skipped = this.#vitest?.getGlobalTestNamePattern() ? [] : skippedTests(modules);
    for (const line of [...slowestFiles(modules), ...skipped]) this.#vitest?.logger.log(line);
  }
}

function slowestFiles(modules: readonly TestModule[]): readonly string[] {
  if (modules.length <= SLOWEST) return [];
  const files = modules.map((module) => ({ file: module.relativeModuleId, ms: module.diagnostic().duration }));
  const slowest = files.toSorted((one, other) => other.ms - one.ms).slice(0, SLOWEST);
  return [
    `\n The ${SLOWEST} slowest files:`,
    ...slowest.map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${file}`),
  ];
}

function skippedTests(modules: readonly TestModule[]): readonly string[] {
  const reasons = modules.flatMap((module) =>
    [...module.children.allTests("skipped")].map((test) => `${module.relativeModuleId}: ${reasonOf(test)}`),
  );
  if (reasons.length === 0) return [];
  const counts = Map.groupBy(reasons, (reason) => reason);
  return [
    `\n ${reasons.length} tests were skipped:`,
    ...Array.from(counts, ([reason, { length }]) => `${String(length).padStart(8)}    ${reason}`),
  ];
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped" && result.note) return result.note;
  for (let each: TestCase | TestSuite | TestModule = test; each.type !== "module"; each = each.parent) {
    const { skipReason } = each.meta();
    if (skipReason) return skipReason;
  }
  return "no reason is given";
}
