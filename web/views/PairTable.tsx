import { ABSOLUTE_DELTA, formatCount, NO_NUMBER } from "../format.ts";
import type { PairSummary, Report } from "../queries.ts";
import { DataTable } from "./DataTable.tsx";
import { Delta } from "./Delta.tsx";
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
      caption="The reference against each other backend, over all images. Differing and not finite count logits."
      head={<Head />}
      bodies={
        report && (
          <tbody>
            {report.pairs.map((pair) => (
              <Row key={pair.other} pair={pair} report={report} />
            ))}
          </tbody>
        )
      }
      empty={emptiness(report, failed)}
      expectedRows={1}
    />
  );
}

function emptiness(report: Report | undefined, failed: boolean): string | null {
  if (report) return report.pairs.length === 0 ? "Only one backend took part, so there is no pair." : null;
  return failed ? "No answer came, so there is nothing to show." : null;
}

function Head() {
  return (
    <tr>
      <th scope="col" className="name">
        Pair
      </th>
      <th scope="col">Verdict</th>
      {NUMBER_COLUMNS.map((name) => (
        <th key={name} scope="col" className="number">
          {name}
        </th>
      ))}
    </tr>
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
      <td className="number">
        <Delta value={pair.maxAbs} />
      </td>
      <td className="number">
        <Delta value={pair.meanAbs} />
      </td>
      <td className="number">
        <Delta value={pair.l2} />
      </td>
      <td className="number">{formatCount(pair.maxUlp)}</td>
      <td className="number">{pair.worstImage ?? NO_NUMBER}</td>
    </tr>
  );
}
