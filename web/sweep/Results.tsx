import { formatCount, formatMilliseconds, NO_NUMBER, plural } from "../format.ts";
import { asFailures, type Failure } from "../failures.ts";
import { replaceParams, type Route } from "../route.ts";
import { saveFile } from "../save-file.ts";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { PairTable } from "../views/PairTable.tsx";
import { Announcer } from "./Announcer.tsx";
import { sweepCsv, sweepJson } from "./export.ts";
import { RowPanel } from "./RowPanel.tsx";
import { SweepVerdict } from "./SweepVerdict.tsx";
import type { SweepState } from "./sweep-run.ts";
import { UlpChart } from "./UlpChart.tsx";
import { announcement, nameOf, percentText, rateText, reportOf, timeLeft } from "./words.ts";
import { WorstImage } from "./WorstImage.tsx";
import { WorstTable } from "./WorstTable.tsx";

interface Props {
  readonly state: SweepState;
  readonly route: Route;
}

/** The results so far, or of the finished sweep. */
export function Results({ state, route }: Props) {
  const { progress, request, worst, tally } = state;
  const report = reportOf(state);
  const some = progress !== null && progress.done > 0;
  const shown = route.params.get("image");
  return (
    <div className="sweep-results">
      <Announcer key={state.number} text={announcement(state)} settled={state.phase !== "running"} />
      <ProgressPart state={state} />
      <SweepVerdict state={state} />
      <FailureBanner failures={failuresIn(state)} />
      {shown !== null && (
        <RowPanel
          place={Number(shown)}
          other={route.params.get("other")}
          state={state}
          onClose={() => replaceParams(route, { image: null, other: null })}
        />
      )}
      {some && request && report && (
        <>
          {worst.length > 0 && <WorstImage state={state} route={route} />}
          <Accuracy state={state} />
          <PairTable
            report={{
              ...report,
              total: progress.total,
              pairs: report.pairs.map((pair) => ({ ...pair, worstImage: nameOf(pair.worstImage, state) })),
            }}
            failed={false}
          />
          {progress.pairs.map((pair) => (
            <UlpChart key={pair.other} pair={pair} several={progress.pairs.length > 1} />
          ))}
          <WorstTable state={state} route={route} />
          <div className="row">
            <button
              type="button"
              className="plain"
              onClick={() => saveFile("isobit-sweep.json", "application/json", sweepJson(state))}
            >
              Export JSON
            </button>
            <button
              type="button"
              className="plain"
              onClick={() => saveFile("isobit-sweep.csv", "text/csv", sweepCsv(state))}
            >
              Export CSV
            </button>
            <p className="quiet grow">
              JSON contains the totals and the rows above, CSV only the rows.{" "}
              {tally.differing > worst.length &&
                `For all ${formatCount(tally.differing)} rows that differ, run isobit sweep, which writes each row to a file.`}
            </p>
          </div>
        </>
      )}
    </div>
  );
}

/** Alarms, then why the sweep ended early, then missing results. */
function failuresIn(state: SweepState): Failure[] {
  const { alarms, failures, tally, progress } = state;
  const named = alarms.first.map((alarm) => ({
    ...alarm,
    message: alarm.message.replace(/input:\d+/g, (image) => `${image} (${nameOf(image, state)})`),
    extent: alarms.count > 1 ? `one of ${formatCount(alarms.count)}` : null,
  }));
  const missing = tally.gaps.flatMap((gap) =>
    asFailures(gap).map((failure) => ({
      ...failure,
      extent: `${gap.source}, ${formatCount(gap.images)} of ${plural(progress?.done ?? 0, "image")}`,
    })),
  );
  return [...named, ...failures, ...missing];
}

function ProgressPart({ state: { phase, progress } }: { readonly state: SweepState }) {
  const done = progress?.done ?? 0;
  const total = progress?.total ?? 0;
  const left = progress && phase === "running" ? timeLeft(progress) : null;
  const part = `${formatCount(done)} of ${formatCount(total)}`;
  return (
    <section className="sweep-progress stack" aria-label="Progress">
      <progress aria-label="Images completed" max={Math.max(1, total)} value={done} aria-valuetext={part} />
      <dl>
        {[
          ["Done", progress ? part : NO_NUMBER],
          ["Rate", rateText(progress?.imagesPerSecond ?? null) ?? NO_NUMBER],
          ["Time left", left ?? NO_NUMBER],
          ["Elapsed", formatMilliseconds(progress && done > 0 ? progress.elapsedMs : null)],
        ].map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Only for images with known labels. Accuracy is independent of equal bits. */
function Accuracy({ state: { request, tally } }: { readonly state: SweepState }) {
  if (!request?.images.labels) return null;
  return (
    <section className="accuracy" aria-labelledby="accuracy">
      <h2 id="accuracy">Accuracy</h2>
      <dl>
        {[...tally.sources].map(([source, { right, answered }]) => (
          <div key={source}>
            <dt>{source}</dt>
            <dd>
              {answered === 0 ? NO_NUMBER : percentText(right, answered)}{" "}
              <small>
                {formatCount(right)} of {formatCount(answered)}
              </small>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
