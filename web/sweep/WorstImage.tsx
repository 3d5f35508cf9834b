import { formatCount, NO_NUMBER } from "../format.ts";
import type { Route } from "../route.ts";
import { Delta } from "../views/Delta.tsx";
import { Verdict } from "../views/Verdict.tsx";
import { rowAddress } from "./row-address.ts";
import { ImagePreview } from "./ImagePreview.tsx";
import type { SweepState } from "./sweep-run.ts";

/** The image on which two backends lie furthest apart. */
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
    <section className="worst-image" aria-labelledby="worst-image">
      <ImagePreview of={request.images.preview(place)} label={`The worst image, ${name}`} />
      <div>
        <h2 id="worst-image">The worst image: {name}</h2>
        <p>
          <Verdict of={pair.verdict} /> {broken && <strong className="alarm">CERTIFICATE VIOLATED</strong>}
        </p>
        <p>
          {pair.other} against {pair.reference}: {formatCount(pair.differingElements)} logits differ, by at most{" "}
          {formatCount(pair.maxUlp)} ULP or <Delta value={pair.maxAbs} />. {pair.reference} reads{" "}
          <strong>{reference.prediction?.label ?? NO_NUMBER}</strong>, {pair.other} reads{" "}
          <strong>{other.prediction?.label ?? NO_NUMBER}</strong>.
        </p>
        <p>
          <a href={rowAddress(route, row)}>Its logits, bit by bit</a>
        </p>
      </div>
    </section>
  );
}
