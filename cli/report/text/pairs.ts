import { count, medianSteps, nearOne, short } from "#library/report/numbers.ts";
import { pairTitle, softmaxText } from "#library/report/of-peer.ts";
import { ulpText } from "#library/report/ulp-text.ts";
import type {
  ReportedDrift,
  ReportedOutputDrift,
  ReportedPair,
  ReportedRow,
  RunReport,
} from "#library/report/run-report.ts";
import { paintOutcome } from "../../outcome-colour.ts";
import { type Column, textTable } from "../../text-table.ts";
import { lonelyText } from "./lonely.ts";

/** Any number of inputs: one line per pair, per output if a pair has several, and with `verbose` per input. */
export function pairSections(report: RunReport, { verbose }: { readonly verbose: boolean }): string[] {
  const { pairs } = report;
  return [
    pairs.length > 0 ? textTable(PAIR_COLUMNS, pairs) : lonelyText(report),
    ...pairs.map((pair) => ulpLine(report, pair)).filter((text) => text !== null),
    ...pairs.map(nonFiniteLine).filter((text) => text !== null),
    ...pairs.map(softmaxText).filter((text) => text !== null),
    ...outputTables(pairs, verbose),
    ...(verbose ? [rowTable(report)] : []),
  ];
}

function ulpLine(report: RunReport, pair: ReportedPair): string | null {
  const text = ulpText(report, pair);
  return text === null ? null : `${pairTitle(pair)}: max ULP ${short(pair.maxUlp)}: ${text}.`;
}

/** No distance counts these elements, so the table alone would hide them. */
function nonFiniteLine(pair: ReportedPair): string | null {
  const { nonFiniteElements } = pair;
  if (nonFiniteElements === 0) return null;
  const elements = `${count(nonFiniteElements, "element")} ${nonFiniteElements === 1 ? "is" : "are"}`;
  return `${pairTitle(pair)}: ${elements} NaN or infinite in at least one of the two.`;
}

const DRIFT_COLUMNS: readonly Column<ReportedDrift>[] = [
  { title: "elements differing", align: "right", cell: ({ differingElements }) => String(differingElements) },
  { title: "max |delta|", align: "right", cell: ({ maxAbs }) => short(maxAbs) },
  { title: "mean |delta|", align: "right", cell: ({ meanAbs }) => short(meanAbs) },
  { title: "max ULP", align: "right", cell: ({ maxUlp }) => short(maxUlp) },
];

const VERDICT: Column<ReportedDrift> = {
  title: "verdict",
  align: "left",
  cell: ({ verdict }) => paintOutcome(verdict),
};

const PAIR_COLUMNS: readonly Column<ReportedPair>[] = [
  { title: "pair", align: "left", cell: pairTitle },
  VERDICT,
  { title: "identical", align: "right", cell: ({ identical, compared }) => `${identical} of ${compared}` },
  ...DRIFT_COLUMNS,
  { title: "median ULP", align: "right", cell: ({ outputs }) => medianSteps(outputs[0]?.statistics?.ulp?.median) },
  { title: "cosine", align: "right", cell: ({ outputs }) => nearOne(outputs[0]?.statistics?.cosineSimilarity ?? null) },
  { title: "other labels", align: "right", cell: ({ labelMismatches }) => short(labelMismatches) },
  { title: "worst input", align: "left", cell: ({ worstInput }) => worstInput ?? "-" },
];

/** A model with one output needs none: it would repeat the pair. */
function outputTables(pairs: readonly ReportedPair[], verbose: boolean): string[] {
  const columns: readonly Column<ReportedOutputDrift>[] = [
    { title: "output", align: "left", cell: ({ output }) => output },
    VERDICT,
    ...DRIFT_COLUMNS,
  ];
  return pairs
    .filter(({ outputs, differingElements }) => outputs.length > 1 && (verbose || differingElements > 0))
    .map((pair) => `${pairTitle(pair)}, by output:\n${textTable(columns, pair.outputs)}`);
}

type RowLine = { readonly input: string } & ReportedRow["pairs"][number];

function rowTable({ rows }: RunReport): string {
  const columns: readonly Column<RowLine>[] = [
    { title: "input", align: "left", cell: ({ input }) => input },
    { title: "reference", align: "left", cell: ({ reference }) => reference },
    { title: "other", align: "left", cell: ({ other }) => other },
    VERDICT,
    ...DRIFT_COLUMNS,
  ];
  return textTable(
    columns,
    rows.flatMap(({ input, pairs }) => pairs.map((pair) => ({ input, ...pair }))),
  );
}
