import { ABSOLUTE_DELTA, formatCount, NO_NUMBER, plural } from "../format.ts";
import { addressWith, type Route } from "../route.ts";
import { DataTable } from "../views/DataTable.tsx";
import { DeltaCell } from "../views/Delta.tsx";
import { Verdict } from "../views/Verdict.tsx";
import { ImagePreview } from "./ImagePreview.tsx";
import type { SweepState } from "./sweep-run.ts";
import { MOST_ROWS, rowLinkId, rowParams, type WorstRow } from "./worst-rows.ts";

/** The rows that differ, the worst first; rows beyond MOST_ROWS are only counted. */
export function WorstTable({ state, route }: { readonly state: SweepState; readonly route: Route }) {
  const { worst, tally, progress } = state;
  const classes = progress?.model.labels.length ?? 0;
  return (
    <div className="worst-table">
      <DataTable
        title="Images that differ"
        caption={captionOf(tally.differing)}
        columns={[
          "Image",
          "Pair",
          "Verdict",
          "Labels",
          { number: "Max ULP" },
          { number: `Max ${ABSOLUTE_DELTA}` },
          { number: "Differing" },
        ]}
        bodies={
          <tbody>
            {worst.map((row) => (
              <Row key={rowLinkId(row)} row={row} classes={classes} state={state} route={route} />
            ))}
          </tbody>
        }
        empty={worst.length === 0 ? "No image differs so far." : null}
        expectedRows={1}
      />
    </div>
  );
}

function captionOf(differing: number): string {
  const order = "Sorted by ULP, then by absolute difference.";
  if (differing === 0) return order;
  const rows =
    differing > MOST_ROWS
      ? `The ${MOST_ROWS} worst of ${formatCount(differing)} rows`
      : `${plural(differing, "row")}, one per image and pair`;
  return `${rows}. ${order} Open a row to see its bits.`;
}

interface RowProps {
  readonly row: WorstRow;
  readonly classes: number;
  readonly state: SweepState;
  readonly route: Route;
}

function Row({ row, classes, state, route }: RowProps) {
  const { place, pair, reference, other, broken } = row;
  const images = state.request?.images;
  const { params } = route;
  const open = params.get("image") === String(place) && params.get("other") === pair.other;
  return (
    <tr data-broken={broken}>
      <th scope="row" className="name">
        <a
          id={rowLinkId(row)}
          className="with-image"
          href={addressWith(route, rowParams(row))}
          aria-current={open ? "true" : undefined}
        >
          {images && <ImagePreview of={images.preview(place)} label={null} />}
          {images?.name(place) ?? place}
        </a>
      </th>
      <td>
        {pair.other} <small>against {pair.reference}</small>
      </td>
      <td>
        <Verdict of={pair.verdict} broken={broken} />
      </td>
      <td>
        {reference.prediction?.label ?? NO_NUMBER}
        {!pair.labelsMatch && <strong className="fault"> → {other.prediction?.label ?? NO_NUMBER}</strong>}
      </td>
      <td className="number">{formatCount(pair.maxUlp)}</td>
      <DeltaCell value={pair.maxAbs} />
      <td className="number">{`${pair.differingElements} of ${classes}`}</td>
    </tr>
  );
}
