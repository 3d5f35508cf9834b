import { IsobitError, type LibraryError } from "#core/errors.ts";
import { compareAnswers } from "../compare/compare-answers.ts";
import { count } from "../report/numbers.ts";
import { answerOf, modelOf } from "../report/look-up.ts";
import { weightiest } from "#core/verdicts/verdict.ts";
import { outcomeOf } from "../report/outcome.ts";
import type { Golden } from "./golden-schema.ts";
import type { ReportedAnswer, ReportedModel, ReportedSource, RunReport } from "../report/run-report.ts";

/** The name of a source that is replayed. */
function goldenSource(source: string): string {
  return `golden:${source}`;
}

/**
 * What `save` keeps of a run.
 * @throws IsobitError where a run is not whole enough to be compared with later
 */
export function goldenOf(report: RunReport): Golden {
  const inputs = report.rows.map(({ input, inputSha256, outputs }) => {
    if (inputSha256 === null) throw refused(`input ${input} could not be read, so there is nothing to save of it`);
    return { input, inputSha256, outputs };
  });
  if (inputs.length === 0 || inputs.length < report.total) {
    throw refused(`the report holds ${inputs.length} of the run's ${count(report.total, "input")}`);
  }
  const withoutBits = inputs.find(({ outputs }) =>
    outputs.some(({ tensors }) => tensors.some(({ bits }) => bits === null)),
  );
  if (withoutBits)
    throw refused(`the bits of input ${withoutBits.input} were left out for their size; run fewer inputs`);
  if (!inputs.some(({ outputs }) => outputs.some(hasBits))) throw refused("no source gave bits to save");
  const { isobit, startedAt, models, environment, reference } = report;
  return { version: 1, kind: "golden", isobit, savedAt: startedAt, models, environment, reference, inputs };
}

/**
 * Compares each source's bits with those that the same source gave in a saved run. Only these pairs remain, since the
 * question is whether anything changed; without `against`, today's sources are compared with each other.
 * @throws IsobitError where another model or other inputs ran, or no source ran both times
 */
export function againstGolden(report: RunReport, golden: Golden): RunReport {
  const sources = sourcesToCompare(report, golden);
  refuseOtherModels(report, golden, sources);
  refuseOtherInputs(report, golden);
  const compared = sources.map((source) =>
    compareAnswers(
      { reference: goldenSource(source), other: source },
      report.rows.map((row) => ({
        input: row.input,
        reference: savedAnswer(golden, row.input, source),
        other: answerOf(row, source),
      })),
      { settings: report.settings, labels: modelOf(report, source)?.labels ?? null },
    ),
  );
  const pairs = compared.map(({ pair }) => pair);
  const verdict = weightiest(pairs.map((pair) => pair.verdict));
  return {
    ...report,
    verdict,
    outcome: outcomeOf({ ...report, verdict }),
    reference: goldenSource(sources.includes(golden.reference) ? golden.reference : sources[0]!),
    settings: { ...report.settings, options: { ...report.settings.options, ...whenSaved(golden) } },
    environment: [...savedSources(report, golden, sources), ...report.environment],
    pairs,
    rows: report.rows.map((row, index) => ({
      ...row,
      outputs: [...savedAnswers(golden, row.input, sources), ...row.outputs],
      pairs: compared.map(({ rows }) => rows[index]!),
    })),
  };
}

function whenSaved({ savedAt, isobit }: Golden): RunReport["settings"]["options"] {
  return { goldenSavedAt: savedAt, goldenIsobit: isobit };
}

function hasBits({ error, tensors }: ReportedAnswer): boolean {
  return error === null && tensors.length > 0;
}

/** A source that failed when saved is not compared; one that fails today, or is missing, makes its pair INCOMPLETE. */
function sourcesToCompare({ rows, settings }: RunReport, { inputs }: Golden): string[] {
  const saved = sourcesIn(inputs.map(({ outputs }) => outputs.filter(hasBits)));
  const today = sourcesIn(rows.map(({ outputs }) => outputs));
  if (!saved.some((source) => today.includes(source))) throw refusedComparison(nothingInCommon(saved, today));
  // `backends` leaves sources out on purpose. A source that is gone otherwise is a pair without an answer.
  return settings.options["backends"] === undefined ? saved : saved.filter((source) => today.includes(source));
}

function nothingInCommon(saved: readonly string[], today: readonly string[]): string {
  return `it holds ${saved.join(", ") || "no source"}, and today ${today.join(", ") || "nothing"} ran. Run one of its sources, e.g. with \`backends\``;
}

function sourcesIn(answers: readonly (readonly ReportedAnswer[])[]): string[] {
  return [...new Set(answers.flatMap((outputs) => outputs.map(({ source }) => source)))];
}

function refuseOtherModels(report: RunReport, golden: Golden, sources: readonly string[]): void {
  for (const source of sources) {
    const then = golden.models[golden.environment.find((each) => each.source === source)?.model ?? 0];
    const now = modelOf(report, source);
    // A source that did not run today cannot have run another model.
    if (now === null) continue;
    const [left, right] =
      then?.executedSha256 === null ? [then.sha256, now.sha256] : [then?.executedSha256, now.executedSha256];
    if (left === right) continue;
    throw refusedComparison(
      `${source} ran model ${nameOf(then)} then and ${nameOf(now)} today. Run the same model, or save a new golden`,
    );
  }
}

function nameOf(model: ReportedModel | Golden["models"][number] | undefined): string {
  return model ? `${model.id} (${(model.executedSha256 ?? model.sha256).slice(0, 12)})` : "unknown";
}

/** Every input of either run must be one of the other, with the same bytes: a missing one is never a match. */
function refuseOtherInputs({ rows }: RunReport, { inputs }: Golden): void {
  const then = new Map(inputs.map(({ input, inputSha256 }) => [input, inputSha256]));
  const added = rows.filter(({ input }) => !then.has(input)).map(({ input }) => input);
  if (added.length > 0) throw refusedComparison(`it has no input ${list(added)}. ${SAME_INPUTS}`);
  const today = new Set(rows.map(({ input }) => input));
  const left = inputs.filter(({ input }) => !today.has(input)).map(({ input }) => input);
  if (left.length > 0) throw refusedComparison(`it has input ${list(left)}, which did not run today. ${SAME_INPUTS}`);
  const other = rows.filter(({ input, inputSha256 }) => then.get(input) !== inputSha256).map(({ input }) => input);
  if (other.length === 0) return;
  throw refusedComparison(
    `input ${list(other)} has other bytes than then: another image, or another preprocessing. ${SAME_INPUTS}`,
  );
}

const SAME_INPUTS = "Run the same inputs, e.g. with `images`, or save a new golden";

/** Up to five names. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

function savedAnswer(golden: Golden, input: string, source: string): ReportedAnswer | null {
  const saved = golden.inputs.find((each) => each.input === input);
  return saved?.outputs.find((answer) => answer.source === source) ?? null;
}

function savedAnswers(golden: Golden, input: string, sources: readonly string[]): ReportedAnswer[] {
  return sources.flatMap((source) => {
    const answer = savedAnswer(golden, input, source);
    return answer ? [{ ...answer, source: goldenSource(source) }] : [];
  });
}

/** Where the golden's sources ran. They refer to the model that ran today, which has the same bytes. */
function savedSources(report: RunReport, golden: Golden, sources: readonly string[]): ReportedSource[] {
  return golden.environment
    .filter(({ source }) => sources.includes(source))
    .map((saved) => ({
      ...saved,
      source: goldenSource(saved.source),
      model: report.environment.find(({ source }) => source === saved.source)?.model ?? 0,
    }));
}

function refused(why: string): LibraryError {
  return new IsobitError("INCOMPLETE", `This run cannot be saved as a golden: ${why}.`);
}

function refusedComparison(why: string): LibraryError {
  return new IsobitError("INCOMPLETE", `Cannot compare with this golden: ${why}.`);
}
