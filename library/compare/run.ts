import { base64 } from "@scure/base";
import { BACKENDS } from "#core/backends.ts";
import { coversBackend, isCertifiedInput } from "#core/model/certified.ts";
import { IsobitError } from "#core/errors.ts";
import { float32Of, type NamedTensors } from "#core/tensors/tensor-value.ts";
import { CERTIFICATE_VIOLATED, violationMessage } from "#core/verdicts/violation.ts";
import { cpuFeatures } from "#node/cpu-features.ts";
import { comparableTo } from "../inputs/expected-outputs.ts";
import type { InputRow, InputSet } from "../inputs/input-set.ts";
import { bareSource } from "../report/bare-source.ts";
import type { ReportedRow, ReportedSettings, ReportedSource, ReportedViolation } from "../report/run-report.ts";
import { type AnsweredRow, type AnsweringSource, answersOf, type Answer } from "./answers.ts";
import type { ComparedModel } from "./compared-model.ts";
import { matchOutputs, PairTally } from "./pair-tally.ts";
import { BitsBudget, inputSha256, reportedAnswer } from "./reported-row.ts";
import { isAbsent } from "./start-runner.ts";
import type { Runners } from "./open-sources.ts";
import { EXPECTED, runnerKey, type Source, type SourcePair, type SourcePlan } from "./sources.ts";

export interface ComparisonRun {
  readonly tallies: readonly PairTally[];
  readonly rows: readonly ReportedRow[];
  readonly violations: readonly ReportedViolation[];
}

export interface RunOptions {
  readonly settings: Pick<ReportedSettings, "tolerance" | "outputTolerances">;
  /** Keep the bits of every answer, however many: a golden needs them. */
  readonly keepBits: boolean;
  /** Called after each input. */
  readonly progress: (done: number) => void;
}

/** Runs every source on every input, and adds up the differences. */
export async function runComparison(
  inputs: InputSet,
  plan: SourcePlan,
  sources: readonly AnsweringSource[],
  models: readonly ComparedModel[],
  options: RunOptions,
): Promise<ComparisonRun> {
  const byName = new Map(plan.sources.map((source) => [source.name, source]));
  const tallies = plan.pairs.map((pair) => tallyOf(pair, byName, models, options));
  const budget = new BitsBudget(options.keepBits);
  const rows: ReportedRow[] = [];
  const violations: ReportedViolation[] = [];
  for await (const answered of answersOf(inputs, sources, models)) {
    const answers = withExpected(answered, plan.sources);
    const pairs = tallies.map((tally) => {
      const proved = isProved(tally.pair, byName, models, answered.row);
      const [reference, other] = [answers.get(tally.pair.reference), answers.get(tally.pair.other)];
      const shown = tally.add(answered.row, reference, other, proved);
      if (proved && shown.differingElements > 0 && reference?.ok && other?.ok)
        violations.push(
          violation(tally.pair, answered.row, reference.outputs, other.outputs, models[0]!, shown.differingElements),
        );
      return shown;
    });
    rows.push({
      input: answered.row.id,
      inputSha256: inputSha256(answered.row),
      expected: answered.row.expected,
      picture: null,
      outputs: [...answers].map(([name, answer]) =>
        reportedAnswer(name, answer, labelsOf(name, byName, models), budget),
      ),
      pairs,
    });
    options.progress(rows.length);
  }
  return { tallies, rows, violations };
}

function labelsOf(name: string, sources: ReadonlyMap<string, Source>, models: readonly ComparedModel[]) {
  const model = models[sources.get(name)?.model ?? -1];
  return model?.classifier?.labels ?? null;
}

function tallyOf(
  pair: SourcePair,
  sources: ReadonlyMap<string, Source>,
  models: readonly ComparedModel[],
  { settings }: RunOptions,
): PairTally {
  const modelOf = (name: string): ComparedModel | undefined => models[sources.get(name)?.model ?? 0];
  const [reference, other] = [modelOf(pair.reference), modelOf(pair.other)];
  const names = (model: ComparedModel | undefined): string[] => model?.onnx.graph.outputs.map(({ name }) => name) ?? [];
  const classes = reference?.classifier?.labels.length ?? null;
  return new PairTally({
    pair,
    settings,
    classes: other?.classifier?.labels.length === classes ? classes : null,
    outputs: matchOutputs(names(reference), names(other)),
    partial: [pair.reference, pair.other].includes(EXPECTED),
  });
}

/** Expected outputs belong to the first model, so they have to have its types and shapes. */
function withExpected({ row, answers }: AnsweredRow, sources: readonly Source[]): ReadonlyMap<string, Answer> {
  if (row.expectedOutputs === null) return answers;
  const given = sources
    .map(({ name, model }) => (model === 0 ? answers.get(name) : undefined))
    .find((each) => each?.ok);
  const outputs = given?.ok ? comparableTo(given.outputs, row.expectedOutputs) : row.expectedOutputs;
  const expected: Answer =
    outputs instanceof IsobitError ? { ok: false, error: outputs } : { ok: true, outputs, latencyMs: null };
  return new Map([...answers, [EXPECTED, expected]]);
}

/** The model's certificate covers this input on both sides. */
function isProved(
  { reference, other }: SourcePair,
  sources: ReadonlyMap<string, Source>,
  models: readonly ComparedModel[],
  { feeds }: InputRow,
): boolean {
  const [left, right] = [sources.get(reference), sources.get(other)];
  if (left === undefined || right === undefined || left.model !== right.model) return false;
  const info = models[left.model]?.classifier;
  if (!info || !coversBackend(info, left.backend, left.level) || !coversBackend(info, right.backend, right.level))
    return false;
  if ((left.batch > 1 || right.batch > 1) && !info.proof.rowsIndependent) return false;
  const tensor = feeds instanceof IsobitError ? undefined : feeds.get(info.input.name);
  return tensor?.type === "float32" && isCertifiedInput(info, float32Of(tensor));
}

function violation(
  { reference, other }: SourcePair,
  row: InputRow,
  referenceOutputs: NamedTensors,
  otherOutputs: NamedTensors,
  { id, executedSha256 }: ComparedModel,
  differingElements: number,
): ReportedViolation {
  const first = (tensors: NamedTensors): string => base64.encode([...tensors.values()][0]?.bytes ?? new Uint8Array());
  return {
    code: CERTIFICATE_VIOLATED,
    message: violationMessage({
      model: id,
      reference,
      other,
      differing: `${differingElements} elements`,
      input: `input ${row.id}`,
    }),
    input: row.id,
    reference,
    other,
    differingElements,
    modelSha256: executedSha256,
    inputSha256: inputSha256(row) ?? "",
    inputBits: row.feeds instanceof IsobitError ? "" : first(row.feeds),
    referenceBits: first(referenceOutputs),
    otherBits: first(otherOutputs),
  };
}

/** Where each source ran, or why it did not; then the backends that were only tried. */
export function environmentOf(
  sources: readonly AnsweringSource[],
  runners: Runners,
  expected: boolean,
): readonly ReportedSource[] {
  const features = cpuFeatures();
  const ran = sources.map(({ source, runner, placed }): ReportedSource => {
    const facts = runners.get(runnerKey(source));
    const version = facts === undefined || isAbsent(facts) ? null : facts.runtimeVersion;
    const { executionProvider, runtime } = BACKENDS[source.backend];
    return {
      source: source.name,
      model: source.model,
      available: !(runner instanceof IsobitError),
      reason: runner instanceof IsobitError ? runner.message : null,
      backend: source.backend,
      // Not a side of a stack: the command runs the providers itself.
      side: null,
      executionProvider,
      runtime,
      runtimeVersion: version,
      optimizationLevel: source.level,
      threads: source.threads,
      batch: source.batch,
      device: facts === undefined || isAbsent(facts) ? null : facts.device,
      hardwareGpu: facts !== undefined && !isAbsent(facts) && facts.hardwareGpu,
      cpuFeatures: features,
      placement: placed?.placement ?? null,
    };
  });
  return expected ? [...ran, bareSource(EXPECTED, { device: "saved outputs" })] : ran;
}
