import { useState } from "react";
import { messageOf } from "#core/errors.ts";
import { Logits } from "../digits/LogitsPanel.tsx";
import { logitsOf } from "../logits.ts";
import { DetailPanel, DriftSummary } from "../views/DetailPanel.tsx";
import { ImagePreview } from "./ImagePreview.tsx";
import type { SweepState } from "./sweep-run.ts";
import { keepForTrace } from "./trace-row.ts";
import { rowLinkId, type WorstRow } from "./worst-rows.ts";

interface Props {
  readonly place: number;
  readonly other: string | null;
  readonly state: SweepState;
  onClose(): void;
}

/** The logits of one image on two backends, bit by bit. */
export function RowPanel({ place, other, state, onClose }: Props) {
  const row = state.worst.find((each) => each.place === place && (other === null || each.pair.other === other));
  const close = () => {
    onClose();
    if (row) document.getElementById(rowLinkId(row))?.focus();
  };
  return (
    <DetailPanel
      title={
        row && state.request
          ? `${state.request.images.name(place)}: ${row.pair.reference} and ${row.pair.other}`
          : "One image"
      }
      shown={row ? rowLinkId(row) : null}
      onClose={close}
    >
      {row && state.request ? (
        <Detail row={row} state={state} />
      ) : (
        <p className="empty">
          {state.number === 0
            ? "This link is to an image of a sweep. Start the sweep: if the image is among the worst, it is shown here."
            : "This image is not in the table: its bits agree, or other images are worse."}
        </p>
      )}
    </DetailPanel>
  );
}

function Detail({ row, state }: { readonly row: WorstRow; readonly state: SweepState }) {
  const { pair, reference, other, broken, place } = row;
  const [left, right] = [logitsOf(reference), logitsOf(other)];
  const labels = state.progress?.model.labels ?? [];
  const known = state.request?.images.labels?.[place];
  if (!left || !right || !state.request) return null;
  const { images } = state.request;
  return (
    <>
      <div className="row-summary">
        <ImagePreview of={images.preview(place)} label={images.name(place)} />
        <div>
          <DriftSummary {...pair} broken={broken} logits={labels.length} />
          {known !== undefined && <p className="quiet">The image shows a {known}.</p>}
        </div>
      </div>
      <Logits labels={labels} pair={{ a: pair.reference, b: pair.other }} left={left} right={right} />
      {images.preview(place).kind === "pixels" && <TraceButton row={row} state={state} />}
    </>
  );
}

/** Only built-in images and saved sketches can be traced, so this saves the image first. */
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
    <div className="start-line row">
      <button type="button" className="plain" onClick={() => void trace()}>
        Find the layer where they begin to differ
      </button>
      {refused === null ? (
        <p>Tracing saves the image in this browser&apos;s history.</p>
      ) : (
        <p className="fault" role="alert">
          The image could not be saved for the trace: {refused}
        </p>
      )}
    </div>
  );
}
