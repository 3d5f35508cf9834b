import { conjunction } from "../format.ts";
import type { Image, ParityRow, Report } from "../queries.ts";
import { addressWith, type Route } from "../route.ts";
import { ONE_BACKEND, VERDICT_FACES } from "../verdicts.ts";

interface Props {
  readonly images: readonly Image[] | undefined;
  readonly failed: boolean;
  readonly report: Report | undefined;
  readonly route: Route;
}

const EXPECTED_IMAGES = 10;

/** The images, each with one sign per backend and a link to its logits. */
export function Thumbnails({ images, failed, report, route }: Props) {
  return (
    <section aria-labelledby="images">
      <h2 id="images">Images</h2>
      {images?.length === 0 && (
        <p className="empty">
          There are no built-in images. Create them with <code>npm run make:images</code>.
        </p>
      )}
      {failed && !images && <p className="empty">The list of images could not be loaded.</p>}
      {(images || !failed) && (
        <ul className="thumbnails" aria-hidden={!images}>
          {images
            ? images.map((image) => (
                <Thumbnail
                  key={image.id}
                  image={image}
                  row={report?.rows.find((row) => row.image === image.id)}
                  address={addressWith(route, { image: image.id, a: null, b: null })}
                />
              ))
            : Array.from({ length: EXPECTED_IMAGES }, (_, index) => (
                <li key={index}>
                  <span className="tile frame">
                    <span className="bone" />
                    <span className="caption" />
                  </span>
                </li>
              ))}
        </ul>
      )}
      {!(failed && !images) && images?.length !== 0 && <p className="key quiet">{report && keyOf(report)}</p>}
    </section>
  );
}

/** The meaning of the signs under the images. */
function keyOf({ reference, pairs }: Report): string {
  if (pairs.length === 0) return ONE_BACKEND;
  const others = conjunction(pairs.map(({ other }) => other));
  const which =
    pairs.length === 1
      ? `Sign for ${others} against ${reference}`
      : `Signs for ${others}, in this order, against ${reference}`;
  return `${which}: = same bits, ≈ within the tolerance, ≠ bits differ, ? result missing.`;
}

interface ThumbnailProps {
  readonly image: Image;
  readonly row: ParityRow | undefined;
  readonly address: string;
}

function Thumbnail({ image, row, address }: ThumbnailProps) {
  return (
    <li>
      <a className="tile frame" href={address}>
        <img src={image.url} width={image.width} height={image.height} alt={`Handwritten ${image.label}`} />
        <span className="caption">
          <span aria-hidden="true">{image.label}</span>
          <span className="signals">
            {row?.pairs.map(({ other, verdict }) => (
              <span key={other} data-verdict={verdict}>
                <span aria-hidden="true">{VERDICT_FACES[verdict].sign}</span>
                <span className="unseen">
                  , {other}: {VERDICT_FACES[verdict].word}
                </span>
              </span>
            ))}
          </span>
        </span>
      </a>
    </li>
  );
}
