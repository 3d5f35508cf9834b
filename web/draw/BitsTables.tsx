import { bitsOf } from "#core/tensors/bits.ts";
import { ABSOLUTE_DELTA, formatCount, formatMilliseconds, NO_NUMBER } from "../format.ts";
import { Delta } from "../views/Delta.tsx";
import { Verdict } from "../views/Verdict.tsx";
import type { ComparedRow, SketchComparison } from "../answers/compare.ts";

interface Props {
  readonly comparison: SketchComparison;
  readonly labels: readonly string[];
}

/**
 * Each backend against the reference, and under it every logit's 32 bits.
 * @param props.old the comparison is the last one, shown until the next is there, so that nothing jumps
 * @param props.broken the sources that break the model's certificate
 */
export function BitsTables({
  comparison,
  labels,
  old,
  broken,
}: Props & { readonly old: boolean; readonly broken: readonly string[] }) {
  return (
    <div className="sketch-pairs" data-old={old} aria-busy={old}>
      <div className="scroll" role="region" aria-labelledby="sketch-pairs" tabIndex={0}>
        <table>
          <caption id="sketch-pairs">
            <span>
              Each backend&apos;s logits against those of {comparison.reference}, the reference; ULP counts the steps
              between two float32 numbers
            </span>
          </caption>
          <thead>
            <tr>
              <th scope="col" className="name">
                Backend
              </th>
              <th scope="col">Answer</th>
              <th scope="col">Bits</th>
              <th scope="col" className="number">
                Max {ABSOLUTE_DELTA}
              </th>
              <th scope="col" className="number">
                Max ULP
              </th>
              <th scope="col" className="number">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            {comparison.rows.map((row) => (
              <Row key={row.row.source} of={row} broken={broken.includes(row.row.source)} />
            ))}
          </tbody>
        </table>
      </div>
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
      <td>
        {drift ? <Verdict of={drift.verdict} /> : isReference ? "reference" : NO_NUMBER}
        {broken && (
          <>
            {" "}
            <strong className="alarm">CERTIFICATE VIOLATED</strong>
          </>
        )}
      </td>
      <td className="number">{drift ? <Delta value={drift.maxAbs} /> : NO_NUMBER}</td>
      <td className="number">{formatCount(drift?.maxUlp ?? null)}</td>
      <td className="number">{formatMilliseconds(row.ok ? row.latencyMs : null)}</td>
    </tr>
  );
}

/** Beyond this many labels, the bits are for a file rather than for the eye. */
const MOST_LOGITS = 100;

function LogitBits({ comparison, labels }: Props) {
  const answered = comparison.rows.flatMap(({ row }) => (row.ok ? [row] : []));
  const reference = answered.find(({ source }) => source === comparison.reference);
  if (!reference || labels.length > MOST_LOGITS) return null;
  const expected = bitsOf(reference.logits);
  return (
    <details className="sketch-bits">
      <summary>Every logit&apos;s bits</summary>
      <div className="scroll" role="region" aria-label="Every logit's bits" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col" className="name">
                Label
              </th>
              <th scope="col" className="number">
                Logit
              </th>
              {answered.map(({ source }) => (
                <th key={source} scope="col">
                  {source}
                </th>
              ))}
            </tr>
          </thead>
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
                      <code>{bits.toString(16).padStart(8, "0")}</code>
                      {differs && <span className="unseen"> differs</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
