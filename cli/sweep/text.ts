import { count, percent } from "#library/report/numbers.ts";
import type { SourceAccuracy } from "#library/sweep/totals.ts";
import { type Column, textTable } from "../text-table.ts";
import type { SweepSummary } from "#library/sweep/summary.ts";

/** Sections that only a sweep has: speed, each source's accuracy, and the number of images without an answer. */
export function sweepSections({ images, rate, resumed, accuracy, failures }: SweepSummary): string[] {
  const before = resumed === 0 ? [] : [`${resumed} of ${count(images, "image")} were finished by an earlier run`];
  const speed = rate === null ? [] : [`${Math.round(rate).toLocaleString("en-US")} images/s`];
  const pace = [...speed, ...before].join("; ");
  return [
    ...(pace === "" ? [] : [`Speed: ${pace}.`]),
    ...(accuracy.length > 0 ? [textTable(ACCURACY_COLUMNS, accuracy)] : []),
    ...(failures > 0 ? [`${count(failures, "image")} without an answer from every source.`] : []),
  ];
}

const ACCURACY_COLUMNS: readonly Column<SourceAccuracy>[] = [
  { title: "source", align: "left", cell: ({ source }) => source },
  { title: "right labels", align: "right", cell: ({ correct, labelled }) => `${correct} of ${labelled}` },
  { title: "accuracy", align: "right", cell: ({ accuracy }) => (accuracy === null ? "-" : percent(accuracy)) },
];
