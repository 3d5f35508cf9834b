import { type Failure, isAlarm } from "../failures.ts";
import type { Model } from "../queries.ts";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { AnswerHead } from "./AnswerHead.tsx";
import { AnswerTable } from "./AnswerTable.tsx";
import { compareRows } from "../answers/compare.ts";
import type { LiveState } from "../answers/live.ts";
import { BitsTables } from "./BitsTables.tsx";

interface Props {
  readonly live: LiveState;
  readonly drawn: boolean;
  readonly model: Model | undefined;
  /** The address of the drawing's trace; null if the drawing is not saved. */
  readonly trace: string | null;
  /** Violated certificates. */
  readonly alarms: readonly Failure[];
}

const NO_LABELS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** The label, its probabilities by backend, and the verdict. Results of the last request are marked as outdated. */
export function AnswerPart({ live, drawn, model, trace, alarms }: Props) {
  const rows = [...live.rows.values()];
  const current = rows.filter(({ number }) => number === live.number).map(({ row }) => row);
  const complete = live.settled && live.waiting === 0 && current.length > 0;
  const comparison = drawn && complete ? compareRows(current) : null;
  const reference = comparison?.rows.find(({ isReference }) => isReference)?.row;
  const newest = reference ?? current.find(({ ok }) => ok) ?? rows.map(({ row }) => row).find(({ ok }) => ok);
  const last = comparison ?? (drawn && live.completed.length > 0 ? compareRows(live.completed) : null);
  return (
    <section className="answer-part stack" aria-label="Result" data-answered={current.length > 0 ? live.number : ""}>
      <AnswerHead
        label={drawn && newest?.ok ? newest.label : null}
        drawn={drawn}
        failed={live.waiting === 0 && live.failures.length > 0 && current.length === 0}
        drawing={!live.settled}
        comparison={comparison}
        broken={comparison !== null && alarms.some(isAlarm)}
      />
      <FailureBanner failures={alarms} />
      <AnswerTable labels={model?.labels ?? NO_LABELS} rows={drawn ? rows : []} number={live.number} />
      <div className="pairs-room">
        {last?.reference && model ? (
          <BitsTables
            comparison={last}
            labels={model.labels}
            old={comparison === null}
            broken={alarms.flatMap(({ extent }) => extent ?? [])}
          />
        ) : (
          <p className="empty">Bit-level results appear here once every backend has answered.</p>
        )}
      </div>
      <p className="trace-sketch">
        {trace !== null && comparison?.reference && (
          <a href={trace}>
            {comparison.verdict === "DRIFT"
              ? "Find the layer where the bits begin to differ"
              : "Trace this drawing layer by layer"}
          </a>
        )}
      </p>
    </section>
  );
}
