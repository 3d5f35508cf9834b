import { short } from "#library/report/numbers.ts";
import type { ReportedPair, ReportedTrace, RunReport } from "#library/report/run-report.ts";
import { paintOutcome } from "../../outcome-colour.ts";
import { type Column, textTable } from "../../text-table.ts";

interface Changed {
  readonly pair: ReportedPair;
  /** Its settings alone: what the reference's name does not have. */
  readonly setting: string;
  readonly trace: ReportedTrace | undefined;
}

/** A backend against itself: what was changed, whether that moved its bits, and from which node on. */
export function stabilitySections(report: RunReport): string[] {
  const changes = report.pairs.map((pair): Changed => ({
    pair,
    setting: pair.other.slice(pair.reference.length + 1),
    trace: report.traces.find(({ reference, other }) => reference === pair.reference && other === pair.other),
  }));
  return [...Map.groupBy(changes, ({ pair }) => pair.reference)].map(
    ([backend, own]) => `${textTable(columnsOf(backend), own)}\n\n${summaryOf(backend, own)}`,
  );
}

function columnsOf(backend: string): readonly Column<Changed>[] {
  return [
    { title: `${backend}, changed`, align: "left", cell: ({ setting }) => setting },
    { title: "verdict", align: "left", cell: ({ pair }) => paintOutcome(pair.verdict) },
    { title: "identical", align: "right", cell: ({ pair }) => `${pair.identical} of ${pair.compared}` },
    { title: "max |delta|", align: "right", cell: ({ pair }) => short(pair.maxAbs) },
    { title: "max ULP", align: "right", cell: ({ pair }) => short(pair.maxUlp) },
    { title: "first node", align: "left", cell: ({ pair, trace }) => nodeOf(pair, trace) },
  ];
}

function nodeOf({ differingElements, compared }: ReportedPair, trace: ReportedTrace | undefined): string {
  if (compared > 0 && differingElements === 0) return "-";
  const first = trace?.firstDrift;
  if (!first) return "not known";
  return `${first.index} ${first.name} (${first.op})${first.cause === null ? "" : `: ${first.cause}`}`;
}

function summaryOf(backend: string, changes: readonly Changed[]): string {
  const moving = changes.filter(({ pair }) => pair.differingElements > 0);
  const unknown = changes.filter(({ pair }) => pair.compared === 0).map(({ setting }) => setting);
  const open = unknown.length === 0 ? "" : ` Not compared: ${unknown.join("; ")}.`;
  if (moving.length === 0)
    return unknown.length < changes.length
      ? `None of these changes a bit of ${backend} on these inputs.${open}`
      : open.trimStart();
  const settings = moving.map(({ setting }) => setting);
  return `The bits of ${backend} depend on: ${shortest(settings).join("; ")}.${open}`;
}

/** A combination says nothing new where a part of it changes the bits alone. */
function shortest(settings: readonly string[]): readonly string[] {
  return settings.filter((setting) => !settings.some((part) => part !== setting && `${setting} `.includes(`${part} `)));
}
