import { useState } from "react";
import { useQuery } from "urql";
import { ABSOLUTE_DELTA, formatBytes, formatCount, formatDelta, NO_NUMBER, plural } from "../format.ts";
import { failuresOf } from "../failures.ts";
import { PARITY } from "../queries.ts";
import { addressOf } from "../route.ts";
import { comparedLogits, differingLogits, labelMismatches, largest } from "../verdicts.ts";
import { Prose } from "../views/Prose.tsx";
import { Verdict } from "../views/Verdict.tsx";
import type { ServedModel } from "./models-query.ts";
import { shareText } from "./words.ts";

interface Props {
  readonly models: readonly ServedModel[];
  readonly chosen: ServedModel;
}

/** More columns than this are not asked for: each is a run of all images on every backend. */
const MAX_COLUMNS = 4;

/** Float and exact side by side: what each promises, and what each does now on every available backend. */
export function ModelComparison({ models, chosen }: Props) {
  const [run, setRun] = useState(0);
  const shown = [chosen, ...models.filter(({ id }) => id !== chosen.id)].slice(0, MAX_COLUMNS);
  const columns = models.filter((model) => shown.includes(model));
  return (
    <section aria-labelledby="compared">
      <div className="heading">
        <h2 id="compared">Side by side</h2>
        <button type="button" className="plain" onClick={() => setRun(run + 1)}>
          Run again
        </button>
      </div>
      <ul className="columns">
        {columns.map((model) => (
          // A new run starts from nothing: an old verdict must not pass for a new one.
          <Column key={`${model.id} ${run}`} model={model} />
        ))}
      </ul>
      {models.length > columns.length && (
        <p className="hint">
          {formatCount(models.length - columns.length)} more are served; choose one above to see it here.
        </p>
      )}
    </section>
  );
}

function Column({ model }: { readonly model: ServedModel }) {
  const { id, sizeBytes, certificate } = model;
  const [{ data, error, fetching }] = useQuery({ query: PARITY, variables: { model: id, tolerance: null } });
  const report = data?.parity;
  const measured = report && comparedLogits(report) > 0;
  return (
    <li aria-busy={fetching} data-running={fetching}>
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
      <dl>
        <dt>Promised</dt>
        <dd>{certificate ? "equal bits, proved" : "nothing"}</dd>
        <dt>Compared now</dt>
        <dd>{report ? [report.reference, ...report.pairs.map(({ other }) => other)].join(", ") : NO_NUMBER}</dd>
        <dt>Logits that differ</dt>
        <dd>
          {measured
            ? `${formatCount(differingLogits(report))} of ${formatCount(comparedLogits(report))}, over ${plural(report.pairs.length, "pair")}`
            : NO_NUMBER}
        </dd>
        <dt>Max ULP</dt>
        <dd>{measured ? formatCount(largest(report, "maxUlp")) : NO_NUMBER}</dd>
        <dt>Max {ABSOLUTE_DELTA}</dt>
        <dd>{measured ? formatDelta(largest(report, "maxAbs")) : NO_NUMBER}</dd>
        <dt>Labels changed</dt>
        <dd>{measured ? formatCount(labelMismatches(report)) : NO_NUMBER}</dd>
        <dt>Headroom used</dt>
        <dd>{certificate ? shareText(certificate.headroomUsed) : NO_NUMBER}</dd>
        <dt>With TF32</dt>
        <dd>{certificate ? (certificate.tf32Safe ? "proved" : "not proved") : NO_NUMBER}</dd>
        <dt>Size</dt>
        <dd>{formatBytes(sizeBytes)}</dd>
      </dl>
      <p>
        <a href={addressOf("digits", { model: id })}>Image by image</a>
      </p>
    </li>
  );
}
