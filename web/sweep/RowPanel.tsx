import { useEffect, useId, useRef, useState } from "react";
import { messageOf } from "#core/errors.ts";
import { Logits } from "../digits/LogitsPanel.tsx";
import { formatCount, plural } from "../format.ts";
import { logitsOf } from "../logits.ts";
import { Delta } from "../views/Delta.tsx";
import { Verdict } from "../views/Verdict.tsx";
import { ImagePreview } from "./ImagePreview.tsx";
import { rowLinkId } from "./row-address.ts";
import type { SweepState } from "./sweep-run.ts";
import { keepForTrace } from "./trace-row.ts";
import type { WorstRow } from "./worst-rows.ts";

interface Props {
  readonly place: number;
  readonly other: string | null;
  readonly state: SweepState;
  onClose(): void;
}

/** The logits of one image on two backends, one above the other, bit by bit. */
export function RowPanel({ place, other, state, onClose }: Props) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const row = state.worst.find((each) => each.place === place && (other === null || each.pair.other === other));
  const there = row !== undefined;
  // Whoever opens a row is taken to it.
  useEffect(() => {
    if (there) heading.current?.focus();
  }, [place, other, there]);
  const close = () => {
    onClose();
    if (row) document.getElementById(rowLinkId(row))?.focus();
  };
  return (
    <section className="logits" aria-labelledby={id}>
      <div className="heading">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {row && state.request
            ? `${state.request.images.name(place)}: ${row.pair.reference} and ${row.pair.other}`
            : "One image"}
        </h2>
        <button type="button" className="plain" onClick={close}>
          Close
        </button>
      </div>
      {row && state.request ? (
        <Detail row={row} state={state} />
      ) : (
        <p className="empty">
          {state.number === 0
            ? "The address names an image of a sweep. Start the sweep; if the image is among the worst, it is shown here."
            : "This image is not among the rows that are kept: its bits agree, or others are worse."}
        </p>
      )}
    </section>
  );
}

function Detail({ row, state }: { readonly row: WorstRow; readonly state: SweepState }) {
  const { pair, reference, other, broken, place } = row;
  const [left, right] = [logitsOf(reference), logitsOf(other)];
  const labels = state.progress?.model.labels ?? [];
  const known = state.request?.images.labels?.[place];
  if (!left || !right || !state.request) return null;
  return (
    <>
      <div className="row-summary">
        <ImagePreview of={state.request.images.preview(place)} label={state.request.images.name(place)} />
        <div>
          <p className="summary">
            <Verdict of={pair.verdict} />
            {broken && <strong className="alarm">CERTIFICATE VIOLATED</strong>}
            <span>
              {formatCount(pair.differingElements)} of {plural(labels.length, "logit")} differ, by at most{" "}
              {pair.maxUlp === null ? "more than can be counted" : `${formatCount(pair.maxUlp)} ULP`} or{" "}
              <Delta value={pair.maxAbs} />.
            </span>
          </p>
          {known !== undefined && <p className="hint">It shows a {known}.</p>}
        </div>
      </div>
      <Logits labels={labels} pair={{ a: pair.reference, b: pair.other }} left={left} right={right} />
      {state.request.images.preview(place).kind === "pixels" && <TraceButton row={row} state={state} />}
    </>
  );
}

/** The trace takes built-in images and kept sketches, so the image is kept first; the reader is told. */
function TraceButton({ row, state }: { readonly row: WorstRow; readonly state: SweepState }) {
  const [refused, refuse] = useState<string | null>(null);
  const trace = async (): Promise<void> => {
    try {
      location.hash = await keepForTrace(state, row);
    } catch (error) {
      refuse(messageOf(error));
    }
  };
  return (
    <div className="start-line">
      <button type="button" className="plain" onClick={() => void trace()}>
        See in which layer they begin to differ
      </button>
      <p>{refused === null ? "The image is kept in this browser's history for it." : null}</p>
      {refused !== null && (
        <p className="fault" role="alert">
          It could not be kept for the trace: {refused}
        </p>
      )}
    </div>
  );
}
