import { Fragment } from "react";
import { ABSOLUTE_DELTA, formatCount } from "../format.ts";
import type { Image, Report } from "../queries.ts";
import type { Route } from "../route.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { DataTable } from "../views/DataTable.tsx";
import { VERDICT_FACES } from "../verdicts.ts";
import { cellAddress, cellId } from "./addresses.ts";
import { type Cell, cellOf, HEAT_ULP, heatOf, type Pair, pairsOf } from "./pairs.ts";

interface Props {
  readonly report: Report | undefined;
  readonly images: readonly Image[] | undefined;
  readonly failed: boolean;
  readonly tolerance: Tolerance | null;
  readonly route: Route;
}

const EXPECTED_ROWS = 10;
/** With more of them, the columns' heads take more lines, so that all fit side by side on a desktop. */
const ROOMY_PAIRS = 6;

/** Every image on every pair of backends; each cell leads to the logits behind it. */
export function ParityMatrix({ report, images, failed, tolerance, route }: Props) {
  const pairs = report ? pairsOf(report) : [];
  return (
    <div className="matrix" data-crowded={pairs.length > ROOMY_PAIRS}>
      <DataTable
        title="Every pair of backends"
        caption={`One cell an image and pair: the verdict's sign and, where bits differ, the largest ULP distance of a logit. Open a cell for its logits, bit by bit.`}
        head={<Head pairs={pairs} />}
        bodies={
          report && (
            <tbody>
              {report.rows.map((row) => (
                <tr key={row.image}>
                  <th scope="row" className="name">
                    <Thumbnail image={images?.find(({ id }) => id === row.image)} name={row.image} />
                  </th>
                  {pairs.map((pair) => {
                    const cell = cellOf(row, pair, tolerance);
                    return (
                      <td key={`${pair.a} ${pair.b}`}>
                        <CellLink cell={cell} route={route} />
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          )
        }
        empty={emptiness(report, pairs, failed)}
        expectedRows={EXPECTED_ROWS}
      />
      <Legend />
    </div>
  );
}

function emptiness(report: Report | undefined, pairs: readonly Pair[], failed: boolean): string | null {
  if (!report) return failed ? "No answer came, so there is nothing to show." : null;
  if (report.rows.length === 0) return "No image was run.";
  return pairs.length === 0 ? "Only one backend took part, so there is no pair." : null;
}

function Head({ pairs }: { readonly pairs: readonly Pair[] }) {
  return (
    <tr>
      <th scope="col" className="name">
        Image
      </th>
      {pairs.length === 0 && (
        <th scope="col">
          <span className="pair">…</span> <span className="pair">…</span>
        </th>
      )}
      {pairs.map(({ a, b }) => (
        <th key={`${a} ${b}`} scope="col">
          <span className="pair">{breakable(a)}</span> <span className="pair">and {breakable(b)}</span>
        </th>
      ))}
    </tr>
  );
}

/** A long name may take two lines where there is little room: BROWSER_ and WASM. */
function breakable(source: string) {
  return source.split("_").map((part, place) => (
    <Fragment key={place}>
      {place > 0 && (
        <>
          _<wbr />
        </>
      )}
      {part}
    </Fragment>
  ));
}

function Thumbnail({ image, name }: { readonly image: Image | undefined; readonly name: string }) {
  return (
    <span className="with-image">
      {image && <img src={image.url} width={image.width} height={image.height} alt="" />}
      {name}
    </span>
  );
}

function CellLink({ cell, route }: { readonly cell: Cell; readonly route: Route }) {
  const { image, a, b, verdict, differingElements, maxUlp, labelsMatch, broken } = cell;
  const { params } = route;
  const open = params.get("image") === image && params.get("a") === a && params.get("b") === b;
  const differs = differingElements > 0;
  return (
    <a
      id={cellId(image, cell)}
      className="cell"
      href={cellAddress(route, image, cell)}
      data-verdict={verdict}
      data-heat={heatOf(cell)}
      data-broken={broken}
      aria-current={open ? "true" : undefined}
    >
      <span aria-hidden="true">{broken ? "‼" : VERDICT_FACES[verdict].sign}</span>
      <span className="unseen">
        {broken ? "CERTIFICATE VIOLATED" : VERDICT_FACES[verdict].word}, image {image}, {a} and {b}
        {differs && ", "}
      </span>
      {differs && (
        <span className="ulp">
          {maxUlp === null ? "not finite" : formatCount(maxUlp)}
          <span className="unseen"> ULP</span>
        </span>
      )}
      {differs && !labelsMatch && <small>label changed</small>}
    </a>
  );
}

/** What the signs and the colours say. */
function Legend() {
  return (
    <ul className="legend" aria-label="What the cells say">
      <li>
        <span className="swatch" data-verdict="IDENTICAL" data-heat={0} aria-hidden="true">
          =
        </span>
        same bits
      </li>
      <li>
        <span className="swatch" data-verdict="WITHIN_TOLERANCE" data-heat={1} aria-hidden="true">
          ≈
        </span>
        within the tolerance
      </li>
      {[1, 2, 3, 4].map((heat) => (
        <li key={heat}>
          <span className="swatch" data-verdict="DRIFT" data-heat={heat} aria-hidden="true">
            ≠
          </span>
          {heatText(heat)}
        </li>
      ))}
      <li>
        <span className="swatch" data-verdict="INCOMPLETE" data-heat={0} aria-hidden="true">
          ?
        </span>
        an answer is missing
      </li>
      <li className="hint">
        ULP: steps between neighbouring float32 numbers. {ABSOLUTE_DELTA} stands in each cell's details.
      </li>
    </ul>
  );
}

function heatText(heat: number): string {
  const most = HEAT_ULP[heat - 1];
  return most === undefined ? `more, or not finite` : `≤ ${formatCount(most)} ULP`;
}
