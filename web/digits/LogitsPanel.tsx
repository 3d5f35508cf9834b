import { useEffect, useId, useRef } from "react";
import { bitsOf, isFiniteBits, ulpDistance } from "#core/tensors/bits.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { argmax } from "#core/tensors/softmax.ts";
import { ABSOLUTE_DELTA, formatCount, NO_NUMBER, plural } from "../format.ts";
import { logitsOf } from "../logits.ts";
import type { BackendStatus, ParityRow, Report } from "../queries.ts";
import { addressOf, replaceParams, type Route } from "../route.ts";
import { Delta } from "../views/Delta.tsx";
import { Prose } from "../views/Prose.tsx";
import { Verdict } from "../views/Verdict.tsx";
import { cellAddress, cellId } from "./addresses.ts";
import { bitFields, differingBits, hexRuns, type Run, valueText } from "../float-bits.ts";
import { cellOf, furthestPair, type Pair, pairsOf } from "./pairs.ts";

interface Props {
  readonly image: string;
  readonly report: Report | undefined;
  readonly failed: boolean;
  readonly backends: readonly BackendStatus[] | undefined;
  readonly tolerance: Tolerance | null;
  readonly route: Route;
}

/** What the address asks for: the logits of one image on two backends, one above the other so that their bits line up. */
export function LogitsPanel({ image, report, failed, backends, tolerance, route }: Props) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const [a, b] = [route.params.get("a"), route.params.get("b")];
  const ready = report !== undefined || failed;
  const taken = useRef<string | null>(null);
  // Whoever opens a cell is taken to it, once there is something to see; a new answer under the same cell moves nobody.
  useEffect(() => {
    const cell = JSON.stringify([image, a, b]);
    if (!ready || taken.current === cell) return;
    taken.current = cell;
    heading.current?.focus();
  }, [image, a, b, ready]);

  const row = report?.rows.find((each) => each.image === image);
  const pair = a !== null && b !== null ? { a, b } : report && row ? furthestPair(report, row, tolerance) : null;
  const close = () => {
    replaceParams(route, { image: null, a: null, b: null });
    const cell = pair && document.getElementById(cellId(image, pair));
    cell?.focus();
  };
  return (
    <section className="logits" aria-labelledby={id}>
      <div className="heading">
        <h2 id={id} ref={heading} tabIndex={-1}>
          Image {image}
          {pair && `: ${pair.a} and ${pair.b}`}
        </h2>
        <button type="button" className="plain" onClick={close}>
          Close
        </button>
      </div>
      {!report && (
        <p className="empty" data-waiting={!failed}>
          {failed ? "No answer came, so there are no logits to show." : "Comparing…"}
        </p>
      )}
      {report && !row && <p className="empty">No image is called {image} here. The images above can be opened.</p>}
      {report && row && !pair && <p className="empty">Only one backend took part, so there is no pair.</p>}
      {report && row && pair && (
        <Pairing report={report} row={row} pair={pair} backends={backends} tolerance={tolerance} route={route} />
      )}
    </section>
  );
}

interface PairingProps extends Omit<Props, "image" | "failed" | "report"> {
  readonly report: Report;
  readonly row: ParityRow;
  readonly pair: Pair;
}

function Pairing({ report, row, pair, backends, tolerance, route }: PairingProps) {
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
            {source} has no answer: <Prose text={why} />
          </p>
        );
      })}
      {left && right && (
        <>
          <Summary report={report} row={row} pair={pair} tolerance={tolerance} />
          <Logits labels={report.model.labels} pair={pair} left={left} right={right} />
          <p className="next">
            <a href={addressOf("trace", { image: row.image, a: pair.a, b: pair.b, model: report.model.id })}>
              See in which layer this pair begins to differ
            </a>
          </p>
        </>
      )}
    </>
  );
}

function reasonOf(source: string, backends: readonly BackendStatus[] | undefined): string {
  const status = backends?.find(({ backend }) => backend === source);
  if (status) return status.reason ?? "it did not take part in this run.";
  return backends ? `no backend is called so; there are ${backends.map(({ backend }) => backend).join(", ")}.` : "…";
}

function OtherPairs({
  report,
  image,
  route,
}: {
  readonly report: Report;
  readonly image: string;
  readonly route: Route;
}) {
  const pairs = pairsOf(report);
  if (pairs.length < 2) return null;
  const { params } = route;
  return (
    <nav aria-label={`Pairs for image ${image}`} className="pairs">
      {pairs.map((pair) => (
        <a
          key={`${pair.a} ${pair.b}`}
          href={cellAddress(route, image, pair)}
          aria-current={params.get("a") === pair.a && params.get("b") === pair.b ? "true" : undefined}
        >
          {pair.a} and {pair.b}
        </a>
      ))}
    </nav>
  );
}

function Summary({ report, row, pair, tolerance }: Pick<PairingProps, "report" | "row" | "pair" | "tolerance">) {
  const { verdict, broken, differingElements, maxAbs, maxUlp } = cellOf(row, pair, tolerance);
  const logits = plural(report.model.labels.length, "logit");
  return (
    <p className="summary">
      <Verdict of={verdict} />
      {broken && <strong className="alarm">CERTIFICATE VIOLATED</strong>}
      {differingElements === 0 ? (
        <span>All {logits} are equal in every bit.</span>
      ) : (
        <span>
          {formatCount(differingElements)} of {logits} differ, by at most{" "}
          {maxUlp === null ? "more than can be counted (an element is not finite)" : `${formatCount(maxUlp)} ULP`} or{" "}
          <Delta value={maxAbs} />.
        </span>
      )}
    </p>
  );
}

interface LogitsProps {
  readonly labels: readonly string[];
  readonly pair: Pair;
  readonly left: Float32Array;
  readonly right: Float32Array;
}

export function Logits({ labels, pair, left, right }: LogitsProps) {
  const id = useId();
  const winners = [argmax(left), argmax(right)];
  const [leftBits, rightBits] = [bitsOf(left), bitsOf(right)];
  return (
    <div className="scroll" role="region" aria-labelledby={id} tabIndex={0}>
      <table>
        <caption id={id}>
          <span>
            Each label's logit on both backends, one above the other. Bits: sign, exponent, fraction; what differs is
            marked. The label with the largest logit has a ★.
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col" className="name">
              Label
            </th>
            <th scope="col">Backend</th>
            <th scope="col" className="number">
              Logit
            </th>
            <th scope="col">Hex</th>
            <th scope="col">Bits</th>
            <th scope="col" className="number">
              Bits that differ
            </th>
            <th scope="col" className="number">
              ULP
            </th>
            <th scope="col" className="number">
              {ABSOLUTE_DELTA}
            </th>
          </tr>
        </thead>
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
      </table>
    </div>
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
  const ulp = ulpDistance(left, right);
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
                {finite ? formatCount(ulp) : NO_NUMBER}
              </td>
              <td rowSpan={2} className="number">
                <Delta value={finite ? Math.abs(values[0] - values[1]) : null} />
              </td>
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
