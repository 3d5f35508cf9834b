import { formatCount, NO_NUMBER } from "../format.ts";
import { driftFigures, VERDICT_FACES } from "../verdicts.ts";
import { type Figure, VerdictPanel } from "../views/VerdictPanel.tsx";
import type { SweepState } from "./sweep-run.ts";
import { reportOf, sweepSentence } from "./words.ts";

/** The running verdict, large, marked "so far" until the sweep is finished. */
export function SweepVerdict({ state }: { readonly state: SweepState }) {
  const { progress, phase, alarms } = state;
  const some = progress !== null && progress.done > 0;
  const face = some ? VERDICT_FACES[progress.verdict] : null;
  const broken = alarms.count > 0;
  return (
    <VerdictPanel
      title="Verdict"
      verdict={some ? progress.verdict : phase === "failed" ? "FAILED" : "PENDING"}
      alarm={broken}
      spoken={false}
      sign={broken ? "‼" : (face?.sign ?? (phase === "failed" ? "!" : "≟"))}
      word={
        <>
          {broken ? "CERTIFICATE VIOLATED" : (face?.word ?? WORDS[phase])}
          {face && phase !== "finished" && <small> so far</small>}
        </>
      }
      sentence={
        <>
          {sweepSentence(state)}
          {broken &&
            ` A certificate proves these bits equal, but they differ in ${alarms.count === 1 ? "one image" : `${formatCount(alarms.count)} images`}: a backend computes wrongly, or an assumption of the certificate does not hold.`}
        </>
      }
      figures={figuresOf(state)}
    />
  );
}

const WORDS = Object.freeze({
  idle: "READY",
  preparing: "PREPARING",
  running: "COMPARING",
  stopped: "STOPPED",
  failed: "NO RESULT",
  finished: "NOTHING RUN",
});

function figuresOf(state: SweepState): readonly Figure[] {
  const report = reportOf(state);
  const [identical, compared] = (["identical", "compared"] as const).map(
    (count) => report?.pairs.reduce((sum, pair) => sum + pair[count], 0) ?? 0,
  ) as [number, number];
  const measured = (text: string) => (compared > 0 ? text : NO_NUMBER);
  return [
    ["Identical images", measured(`${formatCount(identical)} of ${formatCount(compared)}`)],
    ...driftFigures(report),
    ["Rows that differ", measured(formatCount(state.tally.differing))],
  ];
}
