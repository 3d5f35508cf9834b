import { ABSOLUTE_DELTA, formatCount, formatMilliseconds, NO_NUMBER } from "../format.ts";
import type { Output, ParityRow, Report, RowDrift } from "../queries.ts";
import { DataTable } from "./DataTable.tsx";
import { Delta } from "./Delta.tsx";
import { Verdict } from "./Verdict.tsx";

interface Props {
  readonly report: Report | undefined;
  readonly failed: boolean;
}

const EXPECTED_ROWS = 10;
/** Before the first answer the two backends that always take part head the columns. */
const EXPECTED_SOURCES = ["WASM", "CPU"];

/** An image a row, and a line in it for each pair: with two backends, one line. */
export function ImageTable({ report, failed }: Props) {
  const reference = report?.reference ?? "CPU";
  return (
    <DataTable
      title="Image by image"
      caption={`Differences of the logits from ${reference}, the reference. ${ABSOLUTE_DELTA} is the absolute difference; ULP counts the steps between two float32 numbers.`}
      head={<Head report={report} reference={reference} />}
      bodies={report?.rows.map((row) => (
        <Body key={row.image} row={row} logits={report.model.labels.length} />
      ))}
      empty={emptiness(report, failed)}
      expectedRows={EXPECTED_ROWS}
    />
  );
}

function emptiness(report: Report | undefined, failed: boolean): string | null {
  if (report) return report.rows.length === 0 ? "No image was run." : null;
  return failed ? "No answer came, so there is nothing to show." : null;
}

function Head({ report, reference }: { readonly report: Report | undefined; readonly reference: string }) {
  const sources = report?.rows[0]?.outputs.map(({ source }) => source) ?? EXPECTED_SOURCES;
  return (
    <tr>
      <th scope="col" className="name">
        Image
      </th>
      {report && report.pairs.length > 1 && <th scope="col">Backend</th>}
      <th scope="col">Verdict</th>
      {sources.map((source) => (
        <th key={source} scope="col">
          {source} {source === reference && <small>reference</small>}
        </th>
      ))}
      <th scope="col" className="number">
        Max {ABSOLUTE_DELTA}
      </th>
      <th scope="col" className="number">
        Max ULP
      </th>
      <th scope="col" className="number">
        Differing
      </th>
    </tr>
  );
}

function Body({ row, logits }: { readonly row: ParityRow; readonly logits: number }) {
  const lines = Math.max(row.pairs.length, 1);
  const first = row.pairs[0];
  const several = row.pairs.length > 1;
  return (
    <tbody id={rowId(row.image)}>
      <tr>
        <th scope={several ? "rowgroup" : "row"} rowSpan={lines} className="name">
          {row.image}
        </th>
        {first ? <DriftVerdict drift={first} named={several} /> : <td>Nothing to compare with</td>}
        {row.outputs.map((output) => (
          <Answer key={output.source} output={output} lines={lines} />
        ))}
        {first ? <DriftNumbers drift={first} logits={logits} /> : <td colSpan={3} />}
      </tr>
      {row.pairs.slice(1).map((drift) => (
        <tr key={drift.other}>
          <DriftVerdict drift={drift} named />
          <DriftNumbers drift={drift} logits={logits} />
        </tr>
      ))}
    </tbody>
  );
}

function Answer({ output: { prediction, error }, lines }: { readonly output: Output; readonly lines: number }) {
  return (
    <td rowSpan={lines}>
      {prediction && (
        <span className="answer">
          <strong>{prediction.label}</strong> <small>{formatMilliseconds(prediction.latencyMs)}</small>
        </span>
      )}
      {error && <code className="fault">{error.code}</code>}
    </td>
  );
}

/** Beside the image, so that a phone shows it without scrolling. */
function DriftVerdict({ drift, named }: { readonly drift: RowDrift; readonly named: boolean }) {
  const missing = drift.verdict === "INCOMPLETE";
  return (
    <>
      {named && <th scope="row">{drift.other}</th>}
      <td>
        <Verdict of={drift.verdict} />
        {!missing && !drift.labelsMatch && <small className="fault"> label changed</small>}
      </td>
    </>
  );
}

function DriftNumbers({ drift, logits }: { readonly drift: RowDrift; readonly logits: number }) {
  const missing = drift.verdict === "INCOMPLETE";
  return (
    <>
      <td className="number">
        <Delta value={drift.maxAbs} />
      </td>
      <td className="number">{formatCount(drift.maxUlp)}</td>
      <td className="number">{missing ? NO_NUMBER : `${drift.differingElements} of ${logits}`}</td>
    </>
  );
}

/** The anchor of an image's row. */
function rowId(image: string): string {
  return `image-${encodeURIComponent(image)}`;
}
