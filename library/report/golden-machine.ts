import type { ReportedSource, RunReport } from "./run-report.ts";

/**
 * Where a golden was saved on another processor or with another runtime than today's: a sentence per difference, each
 * with the sources that it concerns. Empty for a report without a golden, and where the golden does not say.
 */
export function goldenMachine({ environment }: RunReport): readonly string[] {
  const told = environment.flatMap((then) => {
    const now = environment.find(({ source }) => then.source === `golden:${source}`);
    if (now === undefined) return [];
    return FACTS.flatMap(({ name, of }) => {
      const [before, today] = [of(then), of(now)];
      if (before === null || today === null || before === today) return [];
      return [{ source: now.source, text: `another ${name}: ${before} then, ${today} now` }];
    });
  });
  return [...Map.groupBy(told, ({ text }) => text)].map(
    ([text, same]) => `The golden of ${same.map(({ source }) => source).join(", ")} was saved with ${text}.`,
  );
}

const FACTS: readonly { readonly name: string; of(source: ReportedSource): string | null }[] = [
  { name: "device", of: ({ device }) => device },
  { name: "set of CPU features", of: ({ cpuFeatures }) => cpuFeatures?.join(" ") ?? null },
  {
    name: "runtime",
    of: ({ runtime, runtimeVersion }) => (runtimeVersion === null ? null : `${runtime} ${runtimeVersion}`),
  },
];
