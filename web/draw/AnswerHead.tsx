import { VERDICT_FACES } from "../verdicts.ts";
import type { SketchComparison } from "../answers/compare.ts";
import { sketchSentence } from "../answers/sentence.ts";

interface Props {
  /** The newest answer's; null where nothing is drawn or nothing came yet. */
  readonly label: string | null;
  readonly drawn: boolean;
  readonly failed: boolean;
  /** The stroke is not over. */
  readonly drawing: boolean;
  /** Null while not everybody has answered. */
  readonly comparison: SketchComparison | null;
  /** Bits differ where a certificate proves that they cannot. */
  readonly broken: boolean;
}

/** The answer, large, and whether the bits are equal. It keeps its height whatever it says. */
export function AnswerHead({ label, drawn, failed, drawing, comparison, broken }: Props) {
  const { sign, word } = comparison ? VERDICT_FACES[comparison.verdict] : { sign: "", word: "" };
  return (
    <div className="answer-head" data-verdict={comparison?.verdict ?? "PENDING"} data-broken={broken}>
      <p className="answer-label" data-label={label ?? ""} data-long={(label ?? "").length > 2}>
        <span className="unseen">The answer is </span>
        {label ?? "?"}
      </p>
      <div role="status">
        <p className="answer-verdict">
          {comparison ? (
            <>
              <span className="unseen">{label}. </span>
              <span aria-hidden="true">{broken ? "‼" : sign}</span> {broken ? "CERTIFICATE VIOLATED" : word}
            </>
          ) : (
            waitingWord(drawn, failed, drawing)
          )}
        </p>
        <p className="answer-sentence">
          {comparison ? sketchSentence(comparison) : waitingSentence(drawn, failed, drawing)}
        </p>
      </div>
    </div>
  );
}

function waitingWord(drawn: boolean, failed: boolean, drawing: boolean): string {
  if (!drawn) return "NOTHING DRAWN YET";
  if (failed) return "NO ANSWER";
  return drawing ? "DRAWING" : "COMPARING";
}

function waitingSentence(drawn: boolean, failed: boolean, drawing: boolean): string {
  if (!drawn) return "The answer and its bits appear here while you draw.";
  if (failed) return "The comparison could not be run, so nothing is claimed. The reason stands below.";
  return drawing
    ? "The edge answers while you draw; every backend is asked when the stroke is over."
    : "The same grey levels are running on every available backend.";
}
