import { ABSOLUTE_DELTA, formatCount, formatDelta, formatMilliseconds, NO_NUMBER } from "../format.ts";
import type { Report } from "../queries.ts";
import { comparedLogits, differingLogits, labelMismatches, largest, sentenceFor, VERDICT_FACES } from "../verdicts.ts";
import { Figures } from "./Figures.tsx";

interface Props {
  readonly report: Report | undefined;
  readonly failed: boolean;
  readonly running: boolean;
}

/** The answer to the page's one request, large. It keeps its height while the answer is on its way. */
export function VerdictPanel({ report, failed, running }: Props) {
  return (
    <section
      className="verdict"
      data-verdict={report?.verdict ?? (failed ? "FAILED" : "PENDING")}
      aria-labelledby="verdict"
    >
      <h2 id="verdict" className="unseen">
        Verdict
      </h2>
      <p className="sign" aria-hidden="true">
        {report ? VERDICT_FACES[report.verdict].sign : failed ? "!" : "≟"}
      </p>
      <div className="statement" role="status">
        {running && report && <span className="unseen">Running again. The last answer was: </span>}
        <p className="word">{report ? VERDICT_FACES[report.verdict].word : failed ? "NO ANSWER" : "COMPARING"}</p>
        <p className="sentence">{report ? sentenceFor(report) : failed ? FAILED : PENDING}</p>
      </div>
      <Figures of={figuresOf(report)} />
    </section>
  );
}

const PENDING = "The same images are running on every available backend.";
const FAILED = "The comparison could not be run, so nothing is claimed. The reason stands below.";

function figuresOf(report: Report | undefined): [name: string, value: string][] {
  const compared = report ? comparedLogits(report) : 0;
  const measured = report && compared > 0;
  return [
    ["Images", report ? formatCount(report.total) : NO_NUMBER],
    [
      report && report.pairs.length > 1 ? `Differing, ${report.pairs.length} pairs` : "Differing logits",
      measured ? `${formatCount(differingLogits(report))} of ${formatCount(compared)}` : NO_NUMBER,
    ],
    ["Max ULP", measured ? formatCount(largest(report, "maxUlp")) : NO_NUMBER],
    [`Max ${ABSOLUTE_DELTA}`, measured ? formatDelta(largest(report, "maxAbs")) : NO_NUMBER],
    ["Labels changed", measured ? formatCount(labelMismatches(report)) : NO_NUMBER],
    ["Elapsed", report ? formatMilliseconds(report.elapsedMs) : NO_NUMBER],
  ];
}
