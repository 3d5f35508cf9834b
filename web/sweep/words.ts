import { formatCount, plural } from "../format.ts";
import type { Report } from "../queries.ts";
import { sentenceFor } from "../verdicts.ts";
import type { Phase, SweepState } from "./sweep-run.ts";
import type { Progress, SweptPair } from "./sweep-query.ts";

/** What is done so far, as the report that the page's other views know; without its rows, which are let go. */
export function reportOf({ progress, startedAt }: SweepState): Report | undefined {
  if (!progress) return undefined;
  const { verdict, model, reference, pairs, done, elapsedMs } = progress;
  return {
    verdict,
    model,
    reference,
    pairs,
    total: done,
    elapsedMs,
    rows: [],
    certificateViolations: [],
    startedAt: new Date(startedAt).toISOString(),
  };
}

/** One sentence on the sweep as it stands. */
export function sweepSentence(state: SweepState): string {
  const { progress, phase } = state;
  const report = reportOf(state);
  if (!progress || !report || progress.done === 0) return BEFORE[phase];
  const found = progress.verdict === "INCOMPLETE" ? missingSentence(state, progress) : sentenceFor(report);
  return `${prefixOf(phase, progress)}${found}`;
}

const BEFORE: Readonly<Record<Phase, string>> = {
  idle: "Nothing has run yet. Choose what to run, then press Start.",
  preparing: "The images are being made ready.",
  running: "The first images are on their way.",
  stopped: "Stopped before the first images were answered, so nothing is claimed.",
  failed: "The sweep could not be run, so nothing is claimed. The reason stands below.",
  finished: "There was nothing to run.",
};

function prefixOf(phase: Phase, { done, total }: Progress): string {
  const part = `${formatCount(done)} of ${plural(total, "image")}`;
  switch (phase) {
    case "stopped":
      return `Stopped after ${part}; nothing is claimed of the rest. `;
    case "failed":
      return `Cut short after ${part}, for the reason below; nothing is claimed of the rest. `;
    case "running":
      return "So far: ";
    default:
      return "";
  }
}

function missingSentence({ tally }: SweepState, { pairs, done }: Progress): string {
  if (pairs.length === 0) return "only one backend took part, and one alone has nothing to agree with.";
  const missing = [...tally.sources]
    .filter(([, { failed }]) => failed > 0)
    .map(([source, { failed }]) => `${source} gave no answer for ${formatCount(failed)} of ${plural(done, "image")}`);
  const differing = pairs.reduce((sum, pair) => sum + pair.differingElements, 0);
  const rest =
    differing === 0 ? "no logit differs" : `${plural(differing, "logit")} ${differing === 1 ? "differs" : "differ"}`;
  return `${missing.join("; ")}. Nothing is claimed of the whole. Of what was compared, ${rest}.`;
}

/** For who listens: where the sweep is, in a breath. */
export function announcement({ phase, progress }: SweepState): string {
  if (phase === "idle") return "";
  if (phase === "preparing" || !progress) return BEFORE[phase];
  const word = progress.verdict.replaceAll("_", " ");
  const part = `${formatCount(progress.done)} of ${plural(progress.total, "image")}`;
  switch (phase) {
    case "running":
      return `${part}, ${progress.done === 0 ? "starting" : `${word} so far`}.`;
    case "finished":
      return `Finished: ${part}, ${word}.`;
    case "stopped":
      return `Stopped after ${part}, ${word} so far.`;
    case "failed":
      return `The sweep failed after ${part}.`;
  }
}

/** "38 s", "4 min 10 s"; null where there is no rate yet. */
export function timeLeft({ done, total, imagesPerSecond }: Progress): string | null {
  if (imagesPerSecond === null || imagesPerSecond <= 0) return null;
  const seconds = Math.ceil((total - done) / imagesPerSecond);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** "412 a second", "0.8 a second" */
export function rateText(rate: number | null): string | null {
  if (rate === null) return null;
  return `${rate >= 10 ? formatCount(rate) : rate.toFixed(1)} a second`;
}

/** The share of right answers in percent, rounded down: 100 % is only ever all of them. */
export function percentText(right: number, answered: number): string {
  return `${(Math.floor((right / answered) * 10_000) / 100).toFixed(2)} %`;
}

/** Which ids the sides give to what was sent: input:0, input:1, … */
export function placeOf(image: string): number | null {
  const digits = /^input:(\d+)$/.exec(image)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Steps of 16 in ULP: 0, 1, 2-15, 16-255, …; the sides' own steps are powers of two, of which each takes four. */
export interface UlpStep {
  readonly from: number;
  readonly to: number;
  readonly elements: number;
}

export function ulpSteps({ statistics }: SweptPair): UlpStep[] {
  const steps: UlpStep[] = [];
  for (const { from, to, elements } of statistics?.ulpHistogram ?? []) {
    const step = stepOf(from);
    const last = steps.at(-1);
    if (last && stepOf(last.from) === step)
      steps[steps.length - 1] = { from: last.from, to, elements: last.elements + elements };
    else steps.push({ from, to, elements });
  }
  return steps;
}

function stepOf(ulp: number): number {
  return ulp < 2 ? ulp - 1 : 1 + Math.floor(Math.log2(ulp) / 4);
}
