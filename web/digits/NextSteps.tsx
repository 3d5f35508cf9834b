import { BACKENDS } from "#core/backends.ts";
import type { Report } from "../queries.ts";
import { addressOf } from "../route.ts";

/**
 * Links below the verdict. The line keeps its height until the verdict arrives. The link that is always there comes first: if
 * the other one moved it in the frame that scrolls to an image's logits, the browser would count the scroll as a layout shift.
 */
export function NextSteps({ report }: { readonly report: Report | undefined }) {
  return (
    <p className="next-steps">
      <a href={addressOf("draw", { model: report?.model.id ?? null })}>Draw your own digit</a>
      {report && <Reason report={report} />}
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
        This is not luck: it is <a href={addressOf("models", { id: model })}>proved for every possible image</a>.
      </span>
    );
  }
  const furthest = furthestTraceable(report);
  if (!furthest) return null;
  const { reference: a, other: b, worstImage: image } = furthest;
  return (
    <a href={addressOf("trace", { image, a, b, model })}>
      Find the layer where {b} drifts from {a}
    </a>
  );
}

/** The browser's own runtimes and peers cannot be traced. */
function furthestTraceable({ pairs }: Report) {
  const drifting = pairs.filter(({ other, worstImage }) => worstImage !== null && Object.hasOwn(BACKENDS, other));
  const distance = ({ maxUlp }: (typeof drifting)[number]) => maxUlp ?? Number.POSITIVE_INFINITY;
  return drifting.toSorted((left, right) => distance(right) - distance(left))[0];
}
