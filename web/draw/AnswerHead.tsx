import { VERDICT_FACES } from "../verdicts.ts";
import type { SketchComparison } from "../answers/compare.ts";
import { sketchSentence } from "../answers/sentence.ts";

interface Props {
  /** Of the newest result; null if the pad is empty or nothing has arrived. */
  readonly label: string | null;
  readonly drawn: boolean;
  readonly failed: boolean;
  /** The stroke is not complete. */
  readonly drawing: boolean;
  /** Null until every source has answered. */
  readonly comparison: SketchComparison | null;
  /** Bits differ although a certificate proves them equal. */
  readonly broken: boolean;
}

/** The label, large, and whether the bits are equal. Its height never changes. */
export function AnswerHead({ label, drawn, failed, drawing, comparison, broken }: Props) {
  const face = comparison && VERDICT_FACES[comparison.verdict];
  const waiting = waitingFor(drawn, failed, drawing);
  return (
    <div className="answer-head" data-verdict={comparison?.verdict ?? "PENDING"} data-broken={broken}>
      <p className="answer-label" data-label={label ?? ""} data-long={(label ?? "").length > 2}>
        <span className="unseen">The result is </span>
        {label ?? "?"}
      </p>
      <div role="status">
        <p className="answer-verdict">
          {face ? (
            <>
              <span className="unseen">{label}. </span>
              <span aria-hidden="true">{broken ? "‼" : face.sign}</span> {broken ? "CERTIFICATE VIOLATED" : face.word}
            </>
          ) : (
            waiting.word
          )}
        </p>
        <p className="answer-sentence">{comparison ? sketchSentence(comparison) : waiting.sentence}</p>
      </div>
    </div>
  );
}

function waitingFor(drawn: boolean, failed: boolean, drawing: boolean) {
  if (!drawn) return { word: "NOTHING DRAWN YET", sentence: "The result and its bits appear here while you draw." };
  if (failed) return { word: "NO RESULT", sentence: "The comparison could not be run. The reason is given below." };
  return drawing
    ? { word: "DRAWING", sentence: "The edge runs while you draw; every backend runs when the stroke is complete." }
    : { word: "COMPARING", sentence: "The same grey levels are running on every available backend." };
}
