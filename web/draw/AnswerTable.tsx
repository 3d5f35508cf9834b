import { formatPercent, NO_NUMBER } from "../format.ts";
import type { LiveRow } from "../answers/live.ts";
import { Table } from "../views/DataTable.tsx";

/** With more labels, only the likeliest are shown. */
const MOST_LABELS = 10;

interface Props {
  readonly labels: readonly string[];
  readonly rows: readonly LiveRow[];
  /** The current request's number: rows of an older request are marked as outdated. */
  readonly number: number;
}

/** Each label's probability, by backend. */
export function AnswerTable({ labels, rows, number }: Props) {
  const columns = rows.length > 0 ? rows.map(({ row }) => row.source) : ["WASM", "CPU"];
  return (
    <Table className="probabilities" caption="Probability of each label, by backend" columns={["Label", ...columns]}>
      <tbody>
        {shownLabels(labels, rows).map((index) => (
          <tr key={index}>
            <th scope="row" className="name">
              {labels[index]}
            </th>
            {rows.length === 0
              ? columns.map((source) => <td key={source}>{NO_NUMBER}</td>)
              : rows.map((row) => <Bar key={row.row.source} of={row} index={index} old={row.number !== number} />)}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Bar({ of: { row }, index, old }: { readonly of: LiveRow; readonly index: number; readonly old: boolean }) {
  if (!row.ok) return <td className="fault">{index === 0 ? <code>{row.code}</code> : NO_NUMBER}</td>;
  const probability = row.probabilities[index] ?? null;
  return (
    <td data-old={old} data-likeliest={row.probabilities.every((other) => (other ?? 0) <= (probability ?? 0))}>
      <span className="share">
        <data value={probability ?? ""}>{formatPercent(probability)}</data>
        <span className="track" aria-hidden="true">
          <span className="fill" style={{ inlineSize: `${(probability ?? 0) * 100}%` }} />
        </span>
      </span>
    </td>
  );
}

/** All labels in order, or the likeliest ones according to the first backend with a result. */
function shownLabels(labels: readonly string[], rows: readonly LiveRow[]): number[] {
  const all = labels.map((_, index) => index);
  if (all.length <= MOST_LABELS) return all;
  const answered = rows.map(({ row }) => row).find((row) => row.ok);
  if (!answered) return all.slice(0, MOST_LABELS);
  const likely = (index: number): number => answered.probabilities[index] ?? 0;
  return all.toSorted((left, right) => likely(right) - likely(left)).slice(0, MOST_LABELS);
}
