import { formatCount, NO_NUMBER } from "../format.ts";
import { addressWith, type Route } from "../route.ts";
import { Delta } from "../views/Delta.tsx";
import { Verdict } from "../views/Verdict.tsx";
import { ImagePreview } from "./ImagePreview.tsx";
import type { SweepState } from "./sweep-run.ts";
import { rowParams } from "./worst-rows.ts";

/** The image on which two backends differ most. */
export function WorstImage({
  state: { worst, request },
  route,
}: {
  readonly state: SweepState;
  readonly route: Route;
}) {
  const [row] = worst;
  if (!row || !request) return null;
  const { place, pair, reference, other, broken } = row;
  const name = request.images.name(place);
  return (
    <section className="worst-image card" aria-labelledby="worst-image">
      <ImagePreview of={request.images.preview(place)} label={`The worst image, ${name}`} />
      <div className="stack">
        <h2 id="worst-image">Worst image: {name}</h2>
        <p>
          <Verdict of={pair.verdict} broken={broken} />
        </p>
        <p>
          {pair.other} against {pair.reference}: {formatCount(pair.differingElements)} logits differ, by at most{" "}
          {formatCount(pair.maxUlp)} ULP or <Delta value={pair.maxAbs} />. {pair.reference} predicts{" "}
          <strong>{reference.prediction?.label ?? NO_NUMBER}</strong>, {pair.other} predicts{" "}
          <strong>{other.prediction?.label ?? NO_NUMBER}</strong>.
        </p>
        <p>
          <a href={addressWith(route, rowParams(row))}>Logits, bit by bit</a>
        </p>
      </div>
    </section>
  );
}
