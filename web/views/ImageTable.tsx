import { ABSOLUTE_DELTA, formatCount, formatMilliseconds, NO_NUMBER } from "../format.ts";
import type { Output, ParityRow, Report, RowDrift } from "../queries.ts";
import { DataTable } from "./DataTable.tsx";
import { DeltaCell } from "./Delta.tsx";
import { Verdict } from "./Verdict.tsx";

interface Props {
  readonly report: Report | undefined;
  readonly failed: boolean;
}

const EXPECTED_ROWS = 10;
/** The columns before the first response: the two backends that are always compared. */
const EXPECTED_SOURCES = ["WASM", "CPU"];

/** One row per image, with one line per pair of backends. */
export function ImageTable({ report, failed }: Props) {
  const reference = report?.reference ?? "CPU";
  const sources = report?.rows[0]?.outputs.map(({ source }) => source) ?? EXPECTED_SOURCES;
  return (
    <DataTable
      title="Image by image"
      caption={`Differences of the logits from ${reference}, the reference. ${ABSOLUTE_DELTA} is the absolute difference; ULP counts the steps between two float32 numbers.`}
      columns={[
        "Image",
        ...(report && report.pairs.length > 1 ? ["Backend"] : []),
        "Verdict",
        ...sources.map((source) => (
          <>
            {source} {source === reference && <small>reference</small>}
          </>
        )),
        { number: `Max ${ABSOLUTE_DELTA}` },
        { number: "Max ULP" },
        { number: "Differing" },
      ]}
      bodies={report?.rows.map((row) => (
        <Body key={row.image} row={row} logits={report.model.labels.length} />
      ))}
      failed={failed}
      empty={report?.rows.length === 0 ? "No images were run." : null}
      expectedRows={EXPECTED_ROWS}
    />
  );
}

function Body({ row, logits }: { readonly row: ParityRow; readonly logits: number }) {
  const lines = Math.max(row.pairs.length, 1);
  const first = row.pairs[0];
  const several = row.pairs.length > 1;
  return (
    <tbody id={`image-${encodeURIComponent(row.image)}`}>
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

/** Next to the image, so that a phone shows it without scrolling. */
function DriftVerdict({ drift, named }: { readonly drift: RowDrift; readonly named: boolean }) {
  return (
    <>
      {named && <th scope="row">{drift.other}</th>}
      <td>
        <Verdict of={drift.verdict} />
        {drift.verdict !== "INCOMPLETE" && !drift.labelsMatch && <small className="fault"> label changed</small>}
      </td>
    </>
  );
}

function DriftNumbers({ drift, logits }: { readonly drift: RowDrift; readonly logits: number }) {
  const differing = drift.verdict === "INCOMPLETE" ? NO_NUMBER : `${drift.differingElements} of ${logits}`;
  return (
    <>
      <DeltaCell value={drift.maxAbs} />
      <td className="number">{formatCount(drift.maxUlp)}</td>
      <td className="number">{differing}</td>
    </>
  );
}
