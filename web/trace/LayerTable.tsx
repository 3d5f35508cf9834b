import { ABSOLUTE_DELTA, formatCount } from "../format.ts";
import { DataTable } from "../views/DataTable.tsx";
import { Delta } from "../views/Delta.tsx";
import { causeMeaning, causeName } from "./causes.ts";
import type { Trace } from "./trace-query.ts";
import { introducedText, isIntroduced } from "./words.ts";

interface Props {
  readonly trace: Trace | undefined;
  readonly failed: boolean;
}

const EXPECTED_ROWS = 10;

/** What the plot shows, in numbers: every layer in graph order. */
export function LayerTable({ trace, failed }: Props) {
  return (
    <DataTable
      title="Layer by layer"
      caption={`In the order in which they run. Differing counts elements of the layer's output; ULP counts the steps between two neighbouring numbers, ${ABSOLUTE_DELTA} is the absolute difference.`}
      head={<Head />}
      bodies={
        trace && (
          <tbody>
            {trace.nodes.map((node) => (
              <tr key={node.index} data-introduced={isIntroduced(node)} data-cause={node.cause}>
                <th scope="row" className="name">
                  {node.name} <small>{node.op}</small>
                </th>
                <td title={causeMeaning(node.cause) ?? undefined}>
                  {node.cause === "NONE" ? "–" : causeName(node.cause)}
                </td>
                <td>{introducedText(node)}</td>
                <td className="number">
                  {formatCount(node.differingElements)} of {formatCount(node.elements)}
                </td>
                <td className="number">{formatCount(node.maxUlp)}</td>
                <td className="number">
                  <Delta value={node.maxAbs} />
                </td>
                <td className="number">{node.dims.join("×") || "scalar"}</td>
              </tr>
            ))}
          </tbody>
        )
      }
      empty={emptiness(trace, failed)}
      expectedRows={EXPECTED_ROWS}
    />
  );
}

function emptiness(trace: Trace | undefined, failed: boolean): string | null {
  if (trace) return trace.nodes.length === 0 ? "This model has no layer that computes anything." : null;
  return failed ? "No answer came, so there is nothing to show." : null;
}

function Head() {
  return (
    <tr>
      <th scope="col" className="name">
        Layer
      </th>
      <th scope="col">Cause</th>
      <th scope="col">Drift</th>
      <th scope="col" className="number">
        Differing
      </th>
      <th scope="col" className="number">
        Max ULP
      </th>
      <th scope="col" className="number">
        Max {ABSOLUTE_DELTA}
      </th>
      <th scope="col" className="number">
        Shape
      </th>
    </tr>
  );
}
