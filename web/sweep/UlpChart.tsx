import { useId } from "react";
import { formatCount } from "../format.ts";
import { Table } from "../views/DataTable.tsx";
import type { SweptPair } from "./sweep-query.ts";
import { ulpSteps } from "./words.ts";

/** The ULP distances of one pair's logits as a bar chart with numbers. */
export function UlpChart({ pair, several }: { readonly pair: SweptPair; readonly several: boolean }) {
  const id = useId();
  const steps = ulpSteps(pair);
  const most = Math.max(1, ...steps.map(({ elements }) => elements));
  const { ulp, quantileError = 0 } = pair.statistics ?? {};
  const approximate = quantileError > 0 ? "about " : "";
  const [median, nearlyAll, max] = [
    ulp?.median ?? null,
    ulp?.quantiles.find(({ q }) => q === 0.99)?.value ?? null,
    ulp?.max ?? null,
  ].map(formatCount);
  return (
    <section className="ulp-chart">
      <h2 id={id}>
        ULP distances{several && `: ${pair.other}`} <small>against {pair.reference}</small>
      </h2>
      {steps.length === 0 ? (
        <p className="empty">No finite values have been compared yet.</p>
      ) : (
        <Table
          labelledBy={id}
          caption={`Number of logits per ULP distance (steps between neighbouring float32 numbers). 50 % are within ${approximate}${median}, 99 % within ${approximate}${nearlyAll}, all within ${max}. The bars are logarithmic.`}
          columns={["ULP", "Logits", "Bar"]}
        >
          <tbody>
            {steps.map(({ from, to, elements }) => (
              <tr key={from}>
                <th scope="row" className="number">
                  {from === to ? formatCount(from) : `${formatCount(from)} – ${formatCount(to)}`}
                </th>
                <td className="number">{formatCount(elements)}</td>
                <td aria-hidden="true" className="bar">
                  <span data-same={from === 0} style={{ inlineSize: `${width(elements, most)}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}

/** Logarithmic, so that a few distant logits are visible next to many close ones. */
function width(elements: number, most: number): number {
  return (100 * Math.log10(1 + elements)) / Math.log10(1 + most);
}
