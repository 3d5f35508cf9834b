import { bitsOf } from "#core/tensors/bits.ts";
import { hex } from "../float-bits.ts";
import { ABSOLUTE_DELTA, formatCount, formatMilliseconds, NO_NUMBER } from "../format.ts";
import { Table } from "../views/DataTable.tsx";
import { DeltaCell } from "../views/Delta.tsx";
import { Verdict } from "../views/Verdict.tsx";
import type { ComparedRow, SketchComparison } from "../answers/compare.ts";

interface Props {
  readonly comparison: SketchComparison;
  readonly labels: readonly string[];
}

/**
 * Each backend against the reference, and the 32 bits of every logit.
 * @param props.old the comparison is of an earlier request, kept until the next is complete so that nothing jumps
 * @param props.broken the sources that violate the model's certificate
 */
export function BitsTables({
  comparison,
  labels,
  old,
  broken,
}: Props & { readonly old: boolean; readonly broken: readonly string[] }) {
  return (
    <div className="sketch-pairs" data-old={old} aria-busy={old}>
      <Table
        caption={`Each backend's logits against those of ${comparison.reference}, the reference. ULP counts the steps between two float32 numbers.`}
        columns={[
          "Backend",
          "Label",
          "Bits",
          { number: `Max ${ABSOLUTE_DELTA}` },
          { number: "Max ULP" },
          { number: "Time" },
        ]}
      >
        <tbody>
          {comparison.rows.map((row) => (
            <Row key={row.row.source} of={row} broken={broken.includes(row.row.source)} />
          ))}
        </tbody>
      </Table>
      <LogitBits comparison={comparison} labels={labels} />
    </div>
  );
}

function Row({ of: { row, drift, isReference }, broken }: { readonly of: ComparedRow; readonly broken: boolean }) {
  return (
    <tr>
      <th scope="row" className="name">
        {row.source}
      </th>
      <td>{row.ok ? <strong>{row.label}</strong> : <code className="fault">{row.code}</code>}</td>
      <td>{drift ? <Verdict of={drift.verdict} broken={broken} /> : isReference ? "reference" : NO_NUMBER}</td>
      <DeltaCell value={drift?.maxAbs ?? null} />
      <td className="number">{formatCount(drift?.maxUlp ?? null)}</td>
      <td className="number">{formatMilliseconds(row.ok ? row.latencyMs : null)}</td>
    </tr>
  );
}

/** A table of more labels would be too long. */
const MOST_LOGITS = 100;

function LogitBits({ comparison, labels }: Props) {
  const answered = comparison.rows.flatMap(({ row }) => (row.ok ? [row] : []));
  const reference = answered.find(({ source }) => source === comparison.reference);
  if (!reference || labels.length > MOST_LOGITS) return null;
  const expected = bitsOf(reference.logits);
  return (
    <details className="sketch-bits">
      <summary id="sketch-bits">Bits of every logit</summary>
      <Table
        caption={null}
        labelledBy="sketch-bits"
        columns={["Label", { number: "Logit" }, ...answered.map(({ source }) => source)]}
      >
        <tbody>
          {labels.map((label, index) => (
            <tr key={index}>
              <th scope="row" className="name">
                {label}
              </th>
              <td className="number">{String(reference.logits[index])}</td>
              {answered.map(({ source, logits }) => {
                const bits = bitsOf(logits)[index] ?? 0;
                const differs = bits !== expected[index];
                return (
                  <td key={source} data-differs={differs}>
                    <code>{hex(bits)}</code>
                    {differs && <span className="unseen"> differs</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}
