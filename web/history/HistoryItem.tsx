import { useEffect, useRef, useState } from "react";
import { CombinedError } from "urql";
import { messageOf } from "#core/errors.ts";
import type { AnswerSource } from "../answers/source.ts";
import { PixelPreview } from "../views/PixelPreview.tsx";
import { type Failure, failuresOf } from "../failures.ts";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { Verdict } from "../views/Verdict.tsx";
import { type HistoryEntry, labelOf } from "./entry.ts";
import { traceAddress } from "./trace-address.ts";
import { changeBetween, rerun } from "./rerun.ts";

interface Props {
  readonly entry: HistoryEntry;
  readonly sources: readonly AnswerSource[];
  onAnswer(entry: HistoryEntry): Promise<void>;
  onDelete(): void;
}

const TIME = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** One saved sketch: the model's input, the results, and the actions on it. */
export function HistoryItem({ entry, sources, onAnswer, onDelete }: Props) {
  const [said, say] = useState("");
  const [alarms, raise] = useState<readonly Failure[]>([]);
  const [running, setRunning] = useState(false);
  const asked = useRef<AbortController>(undefined);
  useEffect(() => () => asked.current?.abort(), []);
  const label = labelOf(entry);
  const name = `${label === null ? "A sketch without a result" : `A ${label}`}, ${TIME.format(entry.createdAt)}`;

  const runAgain = async (): Promise<void> => {
    if (running) return;
    asked.current = new AbortController();
    setRunning(true);
    say("Running…");
    try {
      const after = await rerun(entry, sources, Date.now(), asked.current.signal);
      await onAnswer(after.entry);
      raise(after.alarms);
      say(changeBetween(entry, after.entry));
    } catch (error) {
      say(reasonOf(error));
    }
    setRunning(false);
  };

  return (
    <li className="kept card" data-id={entry.id} data-label={label ?? ""} aria-label={name}>
      <PixelPreview pixels={entry.pixels} size={entry} label={name} />
      <div>
        <p>
          <strong>{label ?? "no result"}</strong> <Verdict of={entry.verdict} />
        </p>
        <p>
          <small>
            {entry.model} · {entry.rows.map(summaryOf).join(", ")}
          </small>
        </p>
        <p>
          <small>
            <time dateTime={new Date(entry.createdAt).toISOString()}>{TIME.format(entry.createdAt)}</time>
          </small>
        </p>
        <p role="status" className="said">
          {said}
        </p>
      </div>
      <FailureBanner failures={alarms} />
      <div className="kept-actions row">
        <button type="button" className="tool" aria-disabled={running} onClick={() => void runAgain()}>
          Run again<span className="unseen">: {name}</span>
        </button>
        <a className="tool" href={traceAddress(entry)}>
          Trace<span className="unseen">: {name}</span>
        </a>
        <button type="button" className="tool delete" onClick={onDelete}>
          Delete<span className="unseen">: {name}</span>
        </button>
      </div>
    </li>
  );
}

function summaryOf(row: HistoryEntry["rows"][number]): string {
  return row.ok ? `${row.source} ${row.label}` : `${row.source} failed`;
}

function reasonOf(error: unknown): string {
  const [failure] = error instanceof CombinedError ? failuresOf(error) : [];
  return failure ? `${failure.message} ${failure.advice.replaceAll("`", "")}` : messageOf(error);
}
