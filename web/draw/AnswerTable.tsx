import { formatPercent, NO_NUMBER } from "../format.ts";
import type { LiveRow } from "../answers/live.ts";

/** More labels than this are too many to look at: the likeliest are shown. */
const MOST_LABELS = 10;

interface Props {
  readonly labels: readonly string[];
  readonly rows: readonly LiveRow[];
  /** The current request's number: rows of an older one are shown as old. */
  readonly number: number;
}

/** How likely each label is, by backend. */
export function AnswerTable({ labels, rows, number }: Props) {
  const columns = rows.length > 0 ? rows.map(({ row }) => row.source) : ["WASM", "CPU"];
  return (
    <div className="scroll" role="region" aria-labelledby="probabilities" tabIndex={0}>
      <table className="probabilities">
        <caption id="probabilities">
          <span>How likely each label is, by backend</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" className="name">
              Label
            </th>
            {columns.map((source) => (
              <th key={source} scope="col">
                {source}
              </th>
            ))}
          </tr>
        </thead>
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
      </table>
    </div>
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

/** All in order, or the likeliest by the first backend that answered. */
function shownLabels(labels: readonly string[], rows: readonly LiveRow[]): number[] {
  const all = labels.map((_, index) => index);
  if (all.length <= MOST_LABELS) return all;
  const answered = rows.map(({ row }) => row).find((row) => row.ok);
  if (!answered) return all.slice(0, MOST_LABELS);
  const likely = (index: number): number => answered.probabilities[index] ?? 0;
  return all.toSorted((left, right) => likely(right) - likely(left)).slice(0, MOST_LABELS);
}
