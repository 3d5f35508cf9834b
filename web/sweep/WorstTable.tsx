import { ABSOLUTE_DELTA, formatCount, NO_NUMBER, plural } from "../format.ts";
import type { Route } from "../route.ts";
import { DataTable } from "../views/DataTable.tsx";
import { Delta } from "../views/Delta.tsx";
import { Verdict } from "../views/Verdict.tsx";
import { ImagePreview } from "./ImagePreview.tsx";
import { rowAddress, rowLinkId } from "./row-address.ts";
import type { SweepState } from "./sweep-run.ts";
import { MOST_ROWS, type WorstRow } from "./worst-rows.ts";

/** The rows that differ, the worst first; more than MOST_ROWS are counted and not kept. */
export function WorstTable({ state, route }: { readonly state: SweepState; readonly route: Route }) {
  const { worst, tally, progress } = state;
  const classes = progress?.model.labels.length ?? 0;
  return (
    <div className="worst-table">
      <DataTable
        title="Images that differ"
        caption={captionOf(tally.differing)}
        head={<Head />}
        bodies={
          <tbody>
            {worst.map((row) => (
              <Row key={rowLinkId(row)} row={row} classes={classes} state={state} route={route} />
            ))}
          </tbody>
        }
        empty={worst.length === 0 ? "No image differs in any bit so far as they were compared." : null}
        expectedRows={1}
      />
    </div>
  );
}

function captionOf(differing: number): string {
  const order = "The worst first: by ULP, then by the absolute difference.";
  if (differing > MOST_ROWS)
    return `The ${MOST_ROWS} worst of ${formatCount(differing)} rows. ${order} Open one for its bits.`;
  return differing === 0
    ? order
    : `${plural(differing, "row")}, one an image and pair. ${order} Open one for its bits.`;
}

function Head() {
  return (
    <tr>
      <th scope="col" className="name">
        Image
      </th>
      <th scope="col">Pair</th>
      <th scope="col">Verdict</th>
      <th scope="col">Labels</th>
      <th scope="col" className="number">
        Max ULP
      </th>
      <th scope="col" className="number">
        Max {ABSOLUTE_DELTA}
      </th>
      <th scope="col" className="number">
        Differing
      </th>
    </tr>
  );
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
  const name = images?.name(place) ?? String(place);
  const { params } = route;
  const open = params.get("image") === String(place) && params.get("other") === pair.other;
  return (
    <tr data-broken={broken}>
      <th scope="row" className="name">
        <a
          id={rowLinkId(row)}
          className="with-image"
          href={rowAddress(route, row)}
          aria-current={open ? "true" : undefined}
        >
          {images && <ImagePreview of={images.preview(place)} label={null} />}
          {name}
        </a>
      </th>
      <td>
        {pair.other} <small>against {pair.reference}</small>
      </td>
      <td>
        <Verdict of={pair.verdict} /> {broken && <strong className="alarm">CERTIFICATE VIOLATED</strong>}
      </td>
      <td>
        {reference.prediction?.label ?? NO_NUMBER}
        {!pair.labelsMatch && <strong className="fault"> → {other.prediction?.label ?? NO_NUMBER}</strong>}
      </td>
      <td className="number">{formatCount(pair.maxUlp)}</td>
      <td className="number">
        <Delta value={pair.maxAbs} />
      </td>
      <td className="number">{`${pair.differingElements} of ${classes}`}</td>
    </tr>
  );
}
