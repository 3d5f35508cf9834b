import { ABSOLUTE_DELTA, formatCount, NO_NUMBER } from "../format.ts";
import { DataTable } from "../views/DataTable.tsx";
import { DeltaCell } from "../views/Delta.tsx";
import { causeMeaning, causeName } from "./causes.ts";
import type { Trace } from "./trace-query.ts";
import { introducedText, isIntroduced } from "./words.ts";

interface Props {
  readonly trace: Trace | undefined;
  readonly failed: boolean;
}

const EXPECTED_ROWS = 10;

/** The plot's numbers: every layer in graph order. */
export function LayerTable({ trace, failed }: Props) {
  return (
    <DataTable
      title="Layer by layer"
      caption={`In order of execution. Differing counts elements of the layer's output; ULP counts the steps between neighbouring numbers; ${ABSOLUTE_DELTA} is the absolute difference.`}
      columns={[
        "Layer",
        "Cause",
        "Drift",
        { number: "Differing" },
        { number: "Max ULP" },
        { number: `Max ${ABSOLUTE_DELTA}` },
        { number: "Shape" },
      ]}
      bodies={
        trace && (
          <tbody>
            {trace.nodes.map((node) => (
              <tr key={node.index} data-introduced={isIntroduced(node)} data-cause={node.cause}>
                <th scope="row" className="name">
                  {node.name} <small>{node.op}</small>
                </th>
                <td title={causeMeaning(node.cause) ?? undefined}>
                  {node.cause === "NONE" ? NO_NUMBER : causeName(node.cause)}
                </td>
                <td>{introducedText(node)}</td>
                <td className="number">
                  {formatCount(node.differingElements)} of {formatCount(node.elements)}
                </td>
                <td className="number">{formatCount(node.maxUlp)}</td>
                <DeltaCell value={node.maxAbs} />
                <td className="number">{node.dims.join("×") || "scalar"}</td>
              </tr>
            ))}
          </tbody>
        )
      }
      failed={failed}
      empty={trace?.nodes.length === 0 ? "This model has no layers that compute anything." : null}
      expectedRows={EXPECTED_ROWS}
    />
  );
}
