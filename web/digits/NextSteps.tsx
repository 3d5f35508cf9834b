import { BACKENDS } from "#core/backends.ts";
import type { Report } from "../queries.ts";
import { addressOf } from "../route.ts";

/** Under the verdict: where to go with it. It keeps its line while the verdict is on its way. */
export function NextSteps({ report }: { readonly report: Report | undefined }) {
  const model = report?.model.id ?? null;
  return (
    <p className="next-steps">
      {report && <Reason report={report} />}
      <a href={addressOf("draw", { model })}>Draw a digit of your own</a>
    </p>
  );
}

function Reason({ report }: { readonly report: Report }) {
  const model = report.model.id;
  const proved =
    report.rows.length > 0 && report.rows.every(({ pairs }) => pairs.every((pair) => pair.inCertifiedDomain));
  if (report.verdict === "IDENTICAL" && proved) {
    return (
      <span>
        This is no luck: for every image <a href={addressOf("models", { id: model })}>it is proved</a>.
      </span>
    );
  }
  const furthest = furthestTraceable(report);
  if (!furthest) return null;
  const { reference: a, other: b, worstImage: image } = furthest;
  return (
    <a href={addressOf("trace", { image, a, b, model })}>
      See in which layer {b} parts from {a}
    </a>
  );
}

/** This browser's own runtimes cannot be traced, and neither can other services. */
function furthestTraceable({ pairs }: Report) {
  const drifting = pairs.filter(({ other, worstImage }) => worstImage !== null && Object.hasOwn(BACKENDS, other));
  const distance = ({ maxUlp }: (typeof drifting)[number]) => maxUlp ?? Number.POSITIVE_INFINITY;
  return drifting.toSorted((left, right) => distance(right) - distance(left))[0];
}
