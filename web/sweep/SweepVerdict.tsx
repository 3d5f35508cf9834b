import { ABSOLUTE_DELTA, formatCount, formatDelta, NO_NUMBER } from "../format.ts";
import { comparedLogits, differingLogits, labelMismatches, largest, VERDICT_FACES } from "../verdicts.ts";
import { Figures } from "../views/Figures.tsx";
import type { SweepState } from "./sweep-run.ts";
import { reportOf, sweepSentence } from "./words.ts";

/** The running verdict, large. What is not over is said to be "so far". */
export function SweepVerdict({ state }: { readonly state: SweepState }) {
  const { progress, phase, alarms } = state;
  const some = progress !== null && progress.done > 0;
  const face = some ? VERDICT_FACES[progress.verdict] : null;
  const broken = alarms.count > 0;
  return (
    <section
      className="verdict"
      data-verdict={some ? progress.verdict : phase === "failed" ? "FAILED" : "PENDING"}
      data-broken={broken}
      aria-labelledby="sweep-verdict"
    >
      <h2 id="sweep-verdict" className="unseen">
        Verdict
      </h2>
      <p className="sign" aria-hidden="true">
        {broken ? "‼" : (face?.sign ?? (phase === "failed" ? "!" : "≟"))}
      </p>
      <div className="statement">
        <p className="word">
          {broken ? "CERTIFICATE VIOLATED" : (face?.word ?? WORDS[phase])}
          {face && phase !== "finished" && <small> so far</small>}
        </p>
        <p className="sentence">
          {sweepSentence(state)}
          {broken &&
            ` A proof says that these bits cannot differ, and ${alarms.count === 1 ? "one image breaks" : `${formatCount(alarms.count)} images break`} it: a backend computes wrongly, or an assumption of the certificate does not hold.`}
        </p>
      </div>
      <Figures of={figuresOf(state)} />
    </section>
  );
}

const WORDS = Object.freeze({
  idle: "READY",
  preparing: "PREPARING",
  running: "COMPARING",
  stopped: "STOPPED",
  failed: "NO ANSWER",
  finished: "NOTHING RUN",
});

function figuresOf(state: SweepState): [name: string, value: string][] {
  const report = reportOf(state);
  const compared = report ? comparedLogits(report) : 0;
  const measured = report !== undefined && compared > 0;
  const identical = report?.pairs.reduce((sum, pair) => sum + pair.identical, 0) ?? 0;
  const held = report?.pairs.reduce((sum, pair) => sum + pair.compared, 0) ?? 0;
  return [
    ["Identical images", measured ? `${formatCount(identical)} of ${formatCount(held)}` : NO_NUMBER],
    [
      report && report.pairs.length > 1 ? `Differing, ${report.pairs.length} pairs` : "Differing logits",
      measured ? `${formatCount(differingLogits(report))} of ${formatCount(compared)}` : NO_NUMBER,
    ],
    ["Max ULP", measured ? formatCount(largest(report, "maxUlp")) : NO_NUMBER],
    [`Max ${ABSOLUTE_DELTA}`, measured ? formatDelta(largest(report, "maxAbs")) : NO_NUMBER],
    ["Labels changed", measured ? formatCount(labelMismatches(report)) : NO_NUMBER],
    ["Rows that differ", measured ? formatCount(state.tally.differing) : NO_NUMBER],
  ];
}
