import { argmax } from "#core/tensors/softmax.ts";
import { bitsOf, isFiniteBits, ulpDistance } from "#core/tensors/bits.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { ABSOLUTE_DELTA, formatCount, NO_NUMBER } from "../format.ts";
import { bitFields, differingBits, hexRuns, type Run, valueText } from "../float-bits.ts";
import { logitsOf } from "../logits.ts";
import type { BackendStatus, ParityRow, Report } from "../queries.ts";
import { addressOf, addressWith, replaceParams, type Route } from "../route.ts";
import { ONE_BACKEND } from "../verdicts.ts";
import { Table } from "../views/DataTable.tsx";
import { DeltaCell } from "../views/Delta.tsx";
import { DetailPanel, DriftSummary } from "../views/DetailPanel.tsx";
import { Prose } from "../views/Prose.tsx";
import { cellId, cellOf, furthestPair, type Pair, pairsOf } from "./pairs.ts";

interface Props {
  readonly image: string;
  readonly report: Report | undefined;
  readonly failed: boolean;
  readonly backends: readonly BackendStatus[] | undefined;
  readonly tolerance: Tolerance | null;
  readonly route: Route;
}

/** The logits of one image on two backends, one above the other so that their bits line up. */
export function LogitsPanel({ image, report, failed, backends, tolerance, route }: Props) {
  const [a, b] = [route.params.get("a"), route.params.get("b")];
  const row = report?.rows.find((each) => each.image === image);
  const pair = a !== null && b !== null ? { a, b } : report && row ? furthestPair(report, row, tolerance) : null;
  const close = () => {
    replaceParams(route, { image: null, a: null, b: null });
    const cell = pair && document.getElementById(cellId(image, pair));
    cell?.focus();
  };
  return (
    <DetailPanel
      title={`Image ${image}${pair ? `: ${pair.a} and ${pair.b}` : ""}`}
      shown={report || failed ? JSON.stringify([image, a, b]) : null}
      onClose={close}
    >
      {!report && (
        <p className="empty" data-waiting={!failed}>
          {failed ? "The request failed, so there are no logits to show." : "Comparing…"}
        </p>
      )}
      {report && !row && <p className="empty">There is no image {image}. Choose one of the images above.</p>}
      {report && row && !pair && <p className="empty">{ONE_BACKEND}</p>}
      {report && row && pair && (
        <Pairing report={report} row={row} pair={pair} backends={backends} tolerance={tolerance} route={route} />
      )}
    </DetailPanel>
  );
}

interface PairingProps extends Omit<Props, "image" | "failed" | "report"> {
  readonly report: Report;
  readonly row: ParityRow;
  readonly pair: Pair;
}

function Pairing({ report, row, pair, backends, tolerance, route }: PairingProps) {
  const { labels, id: model } = report.model;
  const outputs = [pair.a, pair.b].map((source) => row.outputs.find((output) => output.source === source));
  const [left, right] = outputs.map((output) => (output ? logitsOf(output) : null));
  return (
    <>
      <OtherPairs report={report} image={row.image} route={route} />
      {[pair.a, pair.b].map((source, place) => {
        const output = outputs[place];
        if (output?.prediction) return null;
        const why = output?.error?.message ?? reasonOf(source, backends);
        return (
          <p key={source} className="empty">
            No result from {source}: <Prose text={why} />
          </p>
        );
      })}
      {left && right && (
        <>
          <DriftSummary {...cellOf(row, pair, tolerance)} logits={labels.length} />
          <Logits labels={labels} pair={pair} left={left} right={right} />
          <p>
            <a href={addressOf("trace", { image: row.image, a: pair.a, b: pair.b, model })}>
              Find the layer where they begin to differ
            </a>
          </p>
        </>
      )}
    </>
  );
}

function reasonOf(source: string, backends: readonly BackendStatus[] | undefined): string {
  const status = backends?.find(({ backend }) => backend === source);
  if (status) return status.reason ?? "it was not part of this run.";
  return backends ? `unknown backend. Use one of: ${backends.map(({ backend }) => backend).join(", ")}.` : "…";
}

function OtherPairs({ report, image, route }: Pick<PairingProps, "report" | "route"> & { readonly image: string }) {
  const pairs = pairsOf(report);
  if (pairs.length < 2) return null;
  const { params } = route;
  return (
    <nav aria-label={`Pairs for image ${image}`} className="pairs">
      {pairs.map(({ a, b }) => (
        <a
          key={`${a} ${b}`}
          href={addressWith(route, { image, a, b })}
          aria-current={params.get("a") === a && params.get("b") === b ? "true" : undefined}
        >
          {a} and {b}
        </a>
      ))}
    </nav>
  );
}

interface LogitsProps {
  readonly labels: readonly string[];
  readonly pair: Pair;
  readonly left: Float32Array;
  readonly right: Float32Array;
}

export function Logits({ labels, pair, left, right }: LogitsProps) {
  const winners = [argmax(left), argmax(right)];
  const [leftBits, rightBits] = [bitsOf(left), bitsOf(right)];
  return (
    <Table
      caption="Each label's logit on both backends. Bits: sign, exponent, fraction; differences are marked. ★ marks the label with the largest logit."
      columns={[
        "Label",
        "Backend",
        { number: "Logit" },
        "Hex",
        "Bits",
        { number: "Bits that differ" },
        { number: "ULP" },
        { number: ABSOLUTE_DELTA },
      ]}
    >
      {Array.from(leftBits, (bits, place) => (
        <Logit
          key={place}
          label={labels[place] ?? String(place)}
          pair={pair}
          values={[left[place]!, right[place]!]}
          bits={[bits, rightBits[place]!]}
          wins={winners.map((winner) => winner === place)}
        />
      ))}
    </Table>
  );
}

interface LogitProps {
  readonly label: string;
  readonly pair: Pair;
  readonly values: readonly [number, number];
  readonly bits: readonly [number, number];
  readonly wins: readonly boolean[];
}

function Logit({ label, pair, values, bits, wins }: LogitProps) {
  const [left, right] = bits;
  const finite = isFiniteBits(left) && isFiniteBits(right);
  const sides = [
    { source: pair.a, value: values[0], own: left, other: right, wins: wins[0] },
    { source: pair.b, value: values[1], own: right, other: left, wins: wins[1] },
  ];
  return (
    <tbody data-differs={left !== right}>
      {sides.map(({ source, value, own, other, wins: winner }, place) => (
        <tr key={source}>
          {place === 0 && (
            <th scope="rowgroup" rowSpan={2} className="name">
              {label}
            </th>
          )}
          <th scope="row" className="source">
            {source}
          </th>
          <td className="number">
            {winner && (
              <span title="largest">
                <span aria-hidden="true">★</span>
                <span className="unseen">largest</span>{" "}
              </span>
            )}
            {valueText(value)}
          </td>
          <td>
            <code>
              <Runs runs={hexRuns(own, other)} />
            </code>
          </td>
          <td>
            <code className="bits">
              {bitFields(own, other).map(({ name, runs }) => (
                <span key={name} title={name}>
                  <Runs runs={runs} />
                </span>
              ))}
            </code>
          </td>
          {place === 0 && (
            <>
              <td rowSpan={2} className="number">
                {differingBits(left, right)}
              </td>
              <td rowSpan={2} className="number">
                {finite ? formatCount(ulpDistance(left, right)) : NO_NUMBER}
              </td>
              <DeltaCell rowSpan={2} value={finite ? Math.abs(values[0] - values[1]) : null} />
            </>
          )}
        </tr>
      ))}
    </tbody>
  );
}

function Runs({ runs }: { readonly runs: readonly Run[] }) {
  return runs.map(({ text, differs }, place) =>
    differs ? <mark key={place}>{text}</mark> : <span key={place}>{text}</span>,
  );
}
