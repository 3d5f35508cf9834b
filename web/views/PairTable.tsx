import { ABSOLUTE_DELTA, formatCount, NO_NUMBER } from "../format.ts";
import type { PairSummary, Report } from "../queries.ts";
import { ONE_BACKEND } from "../verdicts.ts";
import { DataTable } from "./DataTable.tsx";
import { DeltaCell } from "./Delta.tsx";
import { Verdict } from "./Verdict.tsx";

interface Props {
  readonly report: Report | undefined;
  readonly failed: boolean;
}

const NUMBER_COLUMNS = [
  "Compared",
  "Identical",
  "Labels changed",
  "Differing",
  "Not finite",
  `Max ${ABSOLUTE_DELTA}`,
  `Mean ${ABSOLUTE_DELTA}`,
  "L2",
  "Max ULP",
  "Worst image",
];

/** The reference against each other backend, over all images. */
export function PairTable({ report, failed }: Props) {
  return (
    <DataTable
      title="Pair by pair"
      caption="The reference against each other backend, over all images. Differing and Not finite count logits."
      columns={["Pair", "Verdict", ...NUMBER_COLUMNS.map((number) => ({ number }))]}
      bodies={
        report && (
          <tbody>
            {report.pairs.map((pair) => (
              <Row key={pair.other} pair={pair} report={report} />
            ))}
          </tbody>
        )
      }
      failed={failed}
      empty={report?.pairs.length === 0 ? ONE_BACKEND : null}
      expectedRows={1}
    />
  );
}

function Row({ pair, report }: { readonly pair: PairSummary; readonly report: Report }) {
  const logits = pair.compared * report.model.labels.length;
  const measured = (text: string) => (pair.compared === 0 ? NO_NUMBER : text);
  return (
    <tr>
      <th scope="row" className="name">
        {pair.other} <small className="against">against {pair.reference}</small>
      </th>
      <td>
        <Verdict of={pair.verdict} />
      </td>
      <td className="number">{`${formatCount(pair.compared)} of ${formatCount(report.total)}`}</td>
      <td className="number">{measured(formatCount(pair.identical))}</td>
      <td className="number">{measured(formatCount(pair.labelMismatches))}</td>
      <td className="number">{measured(`${formatCount(pair.differingElements)} of ${formatCount(logits)}`)}</td>
      <td className="number">{measured(formatCount(pair.nonFiniteElements))}</td>
      <DeltaCell value={pair.maxAbs} />
      <DeltaCell value={pair.meanAbs} />
      <DeltaCell value={pair.l2} />
      <td className="number">{formatCount(pair.maxUlp)}</td>
      <td className="number">{pair.worstImage ?? NO_NUMBER}</td>
    </tr>
  );
}
