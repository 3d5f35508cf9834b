import { formatCount, NO_NUMBER } from "../format.ts";
import type { Route } from "../route.ts";
import { Delta } from "../views/Delta.tsx";
import { Verdict } from "../views/Verdict.tsx";
import { rowAddress } from "./row-address.ts";
import { PicturePreview } from "./PicturePreview.tsx";
import type { SweepState } from "./sweep-run.ts";

/** The picture on which two backends lie furthest apart. */
export function WorstPicture({
  state: { worst, question },
  route,
}: {
  readonly state: SweepState;
  readonly route: Route;
}) {
  const [row] = worst;
  if (!row || !question) return null;
  const { place, pair, reference, other, broken } = row;
  const name = question.pictures.name(place);
  return (
    <section className="worst-picture" aria-labelledby="worst-picture">
      <PicturePreview of={question.pictures.preview(place)} label={`The worst picture, ${name}`} />
      <div>
        <h2 id="worst-picture">The worst picture: {name}</h2>
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
