import { Fragment, useState } from "react";
import { useQuery } from "urql";
import { formatBytes, NO_NUMBER, plural } from "../format.ts";
import { failuresOf } from "../failures.ts";
import { PARITY } from "../queries.ts";
import { addressOf } from "../route.ts";
import { driftFigures } from "../verdicts.ts";
import { Prose } from "../views/Prose.tsx";
import { Verdict } from "../views/Verdict.tsx";
import type { ServedModel } from "./models-query.ts";
import { shareText } from "./words.ts";

interface Props {
  readonly models: readonly ServedModel[];
  readonly chosen: ServedModel;
}

/** Each column runs all images on every backend. */
const MAX_COLUMNS = 4;

/** Models side by side: what is guaranteed, and the results on every available backend. */
export function ModelComparison({ models, chosen }: Props) {
  const [run, setRun] = useState(0);
  const shown = [chosen, ...models.filter(({ id }) => id !== chosen.id)].slice(0, MAX_COLUMNS);
  const columns = models.filter((model) => shown.includes(model));
  return (
    <section aria-labelledby="compared">
      <div className="heading row">
        <h2 id="compared">Side by side</h2>
        <button type="button" className="plain" onClick={() => setRun(run + 1)}>
          Run again
        </button>
      </div>
      <ul className="columns">
        {columns.map((model) => (
          // A new run starts empty: an old verdict must not look like a new one.
          <Column key={`${model.id} ${run}`} model={model} />
        ))}
      </ul>
      {models.length > columns.length && (
        <p className="quiet">
          {plural(models.length - columns.length, "more model is", "more models are")} served; choose one above to see
          it here.
        </p>
      )}
    </section>
  );
}

function Column({ model }: { readonly model: ServedModel }) {
  const { id, sizeBytes, certificate } = model;
  const [{ data, error, fetching }] = useQuery({ query: PARITY, variables: { model: id, tolerance: null } });
  const report = data?.parity;
  const facts: readonly (readonly [term: string, text: string])[] = [
    ["Guarantee", certificate ? "equal bits, proved" : "none"],
    ["Compared now", report ? [report.reference, ...report.pairs.map(({ other }) => other)].join(", ") : NO_NUMBER],
    ...driftFigures(report),
    ["Headroom used", certificate ? shareText(certificate.headroomUsed) : NO_NUMBER],
    ["With TF32", certificate ? (certificate.tf32Safe ? "proved" : "not proved") : NO_NUMBER],
    ["Size", formatBytes(sizeBytes)],
  ];
  return (
    <li className="card" aria-busy={fetching} data-running={fetching}>
      <h3>{id}</h3>
      <p className="now" role="status">
        {report && <Verdict of={report.verdict} />}
        {!report && !error && "Running on every available backend…"}
        {failuresOf(error).map(({ code, message, advice }) => (
          <span key={code}>
            <strong>{code}</strong> <Prose text={`${message} ${advice}`} />
          </span>
        ))}
      </p>
      <dl className="terms">
        {facts.map(([term, text]) => (
          <Fragment key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </Fragment>
        ))}
      </dl>
      <p>
        <a href={addressOf("digits", { model: id })}>Image by image</a>
      </p>
    </li>
  );
}
