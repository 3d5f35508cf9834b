import { useId } from "react";
import { formatCount, NO_NUMBER } from "../format.ts";
import type { SweptPair } from "./sweep-query.ts";
import { ulpSteps } from "./words.ts";

/** How far apart the logits of one pair lie, as bars beside their numbers. */
export function UlpChart({ pair, several }: { readonly pair: SweptPair; readonly several: boolean }) {
  const id = useId();
  const steps = ulpSteps(pair);
  const most = Math.max(1, ...steps.map(({ elements }) => elements));
  const { ulp, quantileError = 0 } = pair.statistics ?? {};
  const approximate = quantileError > 0 ? "about " : "";
  return (
    <section className="ulp-chart">
      <h2 id={id}>
        Steps apart{several && `: ${pair.other}`} <small>against {pair.reference}</small>
      </h2>
      {steps.length === 0 ? (
        <p className="empty">Nothing finite was compared yet.</p>
      ) : (
        <div className="scroll" role="region" aria-labelledby={id} tabIndex={0}>
          <table>
            <caption>
              <span>
                Logits by their distance in ULP, the steps between neighbouring float32 numbers. Half of them lie within{" "}
                {ulp ? `${approximate}${formatCount(ulp.median)}` : NO_NUMBER}, 99 % within {approximate}
                {formatCount(ulp?.quantiles.find(({ q }) => q === 0.99)?.value ?? null)}, all within{" "}
                {formatCount(ulp?.max ?? null)}. The bars grow with the logarithm of the count.
              </span>
            </caption>
            <thead className="unseen">
              <tr>
                <th scope="col">ULP</th>
                <th scope="col">Logits</th>
                <th scope="col">Bar</th>
              </tr>
            </thead>
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
          </table>
        </div>
      )}
    </section>
  );
}

/** On a logarithmic scale, since a few far ones matter beside many near ones; a single one is still seen. */
function width(elements: number, most: number): number {
  return (100 * Math.log10(1 + elements)) / Math.log10(1 + most);
}
