import { type ReactNode, useEffect, useId, useRef } from "react";
import type { Verdict as VerdictName } from "#core/verdicts/verdict.ts";
import { formatCount, plural } from "../format.ts";
import { Delta } from "./Delta.tsx";
import { Verdict } from "./Verdict.tsx";

interface Props {
  readonly title: string;
  /** Names what is shown, once there is something to see; null before. */
  readonly shown: string | null;
  onClose(): void;
  readonly children: ReactNode;
}

/** The details of one row. Opening another row moves the focus here; a new result for the same row does not. */
export function DetailPanel({ title, shown, onClose, children }: Props) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const focused = useRef<string | null>(null);
  useEffect(() => {
    if (shown === null || focused.current === shown) return;
    focused.current = shown;
    heading.current?.focus();
  }, [shown]);
  return (
    <section className="logits stack" aria-labelledby={id}>
      <div className="heading row">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" className="plain" onClick={onClose}>
          Close
        </button>
      </div>
      {children}
    </section>
  );
}

interface DriftProps {
  readonly verdict: VerdictName;
  readonly broken: boolean;
  readonly logits: number;
  readonly differingElements: number;
  readonly maxAbs: number | null;
  /** Null where a logit is not finite. */
  readonly maxUlp: number | null;
}

/** How many logits of one image differ, and by how much. */
export function DriftSummary({ verdict, broken, logits, differingElements, maxAbs, maxUlp }: DriftProps) {
  return (
    <p className="summary row">
      <Verdict of={verdict} broken={broken} />
      {differingElements === 0 ? (
        <span>All {plural(logits, "logit")} are equal in every bit.</span>
      ) : (
        <span>
          {formatCount(differingElements)} of {plural(logits, "logit")} differ,{" "}
          {maxUlp === null ? (
            "some of them not finite"
          ) : (
            <>
              by at most {formatCount(maxUlp)} ULP or <Delta value={maxAbs} />
            </>
          )}
          .
        </span>
      )}
    </p>
  );
}
