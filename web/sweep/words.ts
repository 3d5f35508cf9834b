import { formatCount, plural } from "../format.ts";
import type { Report } from "../queries.ts";
import { failedText, ONE_BACKEND, sentenceFor } from "../verdicts.ts";
import type { Phase, SweepState } from "./sweep-run.ts";
import type { Progress, SweptPair } from "./sweep-query.ts";

/** The progress as a report, without rows, which are not kept. */
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

/** The state of the sweep as a sentence. */
export function sweepSentence(state: SweepState): string {
  const { progress, phase } = state;
  const report = reportOf(state);
  if (!progress || !report || progress.done === 0) return BEFORE[phase];
  const found = progress.verdict === "INCOMPLETE" ? missingSentence(state, progress) : sentenceFor(report);
  return `${prefixOf(phase, progress)}${found}`;
}

const BEFORE: Readonly<Record<Phase, string>> = {
  idle: "Nothing has run yet. Choose what to run, then press Start.",
  preparing: "Preparing the images.",
  running: "Running the first images.",
  stopped: "Stopped before the first images were completed.",
  failed: "The sweep could not be run. The reason is given below.",
  finished: "There were no images to run.",
};

function prefixOf(phase: Phase, { done, total }: Progress): string {
  const part = `${formatCount(done)} of ${plural(total, "image")}`;
  switch (phase) {
    case "stopped":
      return `Stopped after ${part}; the rest was not run. `;
    case "failed":
      return `Failed after ${part}; the reason is given below. `;
    case "running":
      return "So far: ";
    default:
      return "";
  }
}

function missingSentence({ tally }: SweepState, { pairs, done }: Progress): string {
  if (pairs.length === 0) return ONE_BACKEND;
  const missing = [...tally.sources]
    .filter(([, { failed }]) => failed > 0)
    .map(([source, { failed }]) => failedText(source, failed, done));
  const differing = pairs.reduce((sum, pair) => sum + pair.differingElements, 0);
  const rest = differing === 0 ? "no logit differs" : plural(differing, "logit differs", "logits differ");
  return `${missing.join("; ")}. Among the compared images, ${rest}.`;
}

/** A short status for screen readers. */
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

/** "38 s", "4 min 10 s"; null without a rate. */
export function timeLeft({ done, total, imagesPerSecond }: Progress): string | null {
  if (imagesPerSecond === null || imagesPerSecond <= 0) return null;
  const seconds = Math.ceil((total - done) / imagesPerSecond);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** "412 per second", "0.8 per second" */
export function rateText(rate: number | null): string | null {
  if (rate === null) return null;
  return `${rate >= 10 ? formatCount(rate) : rate.toFixed(1)} per second`;
}

/** The accuracy in percent, rounded down: 100 % means all. */
export function percentText(right: number, answered: number): string {
  return `${(Math.floor((right / answered) * 10_000) / 100).toFixed(2)} %`;
}

/** The name of an image that the server calls input:0, input:1, … */
export function nameOf(image: string | null, { request }: SweepState): string | null {
  const place = /^input:(\d+)$/.exec(image ?? "")?.[1];
  return place === undefined ? image : (request?.images.name(Number(place)) ?? image);
}

/** A range of ULP distances: 0, 1, 2-15, 16-255, …; each combines four of the server's powers of two. */
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
