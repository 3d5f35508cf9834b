import { Fragment } from "react";
import { ABSOLUTE_DELTA, formatCount } from "../format.ts";
import type { Image, Report } from "../queries.ts";
import { addressWith, type Route } from "../route.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import { DataTable } from "../views/DataTable.tsx";
import { ONE_BACKEND, VERDICT_FACES } from "../verdicts.ts";
import { type Cell, cellId, cellOf, HEAT_ULP, heatOf, pairsOf } from "./pairs.ts";

interface Props {
  readonly report: Report | undefined;
  readonly images: readonly Image[] | undefined;
  readonly failed: boolean;
  readonly tolerance: Tolerance | null;
  readonly route: Route;
}

const EXPECTED_ROWS = 10;
/** With more pairs, the headings wrap, so that all columns fit a desktop. */
const ROOMY_PAIRS = 6;

/** Every image on every pair of backends; each cell links to its logits. */
export function ParityMatrix({ report, images, failed, tolerance, route }: Props) {
  const pairs = report ? pairsOf(report) : [];
  return (
    <div className="matrix stack" data-crowded={pairs.length > ROOMY_PAIRS}>
      <DataTable
        title="Every pair of backends"
        caption="Each cell compares one image on two backends; where bits differ, it shows the largest ULP distance. Open a cell to see its logits bit by bit."
        columns={[
          "Image",
          ...(pairs.length === 0 ? [{ a: "…", b: "…" }] : pairs).map(({ a, b }) => (
            <>
              <span className="pair">{breakable(a)}</span> <span className="pair">and {breakable(b)}</span>
            </>
          )),
        ]}
        bodies={
          report && (
            <tbody>
              {report.rows.map((row) => (
                <tr key={row.image}>
                  <th scope="row" className="name">
                    <Thumbnail image={images?.find(({ id }) => id === row.image)} name={row.image} />
                  </th>
                  {pairs.map((pair) => (
                    <td key={`${pair.a} ${pair.b}`}>
                      <CellLink cell={cellOf(row, pair, tolerance)} route={route} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          )
        }
        failed={failed}
        empty={report?.rows.length === 0 ? "No images were run." : report && pairs.length === 0 ? ONE_BACKEND : null}
        expectedRows={EXPECTED_ROWS}
      />
      <Legend />
    </div>
  );
}

/** A long name may wrap: BROWSER_ and WASM. */
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
      href={addressWith(route, { image, a, b })}
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

const LEGEND: readonly (readonly [verdict: Verdict, heat: number, text: string])[] = [
  ["IDENTICAL", 0, "same bits"],
  ["WITHIN_TOLERANCE", 1, "within the tolerance"],
  ...HEAT_ULP.map((most, step) => ["DRIFT", step + 1, `≤ ${formatCount(most)} ULP`] as const),
  ["DRIFT", HEAT_ULP.length + 1, "more, or not finite"],
  ["INCOMPLETE", 0, "result missing"],
];

function Legend() {
  return (
    <ul className="legend row" aria-label="Legend">
      {LEGEND.map(([verdict, heat, text]) => (
        <li key={text}>
          <span className="swatch" data-verdict={verdict} data-heat={heat} aria-hidden="true">
            {VERDICT_FACES[verdict].sign}
          </span>
          {text}
        </li>
      ))}
      <li className="quiet">
        ULP: steps between neighbouring float32 numbers. Open a cell to see its {ABSOLUTE_DELTA}.
      </li>
    </ul>
  );
}
