import { cellAddress } from "./addresses.ts";
import type { Image, ParityRow, Report } from "../queries.ts";
import type { Route } from "../route.ts";
import { VERDICT_FACES } from "../verdicts.ts";

interface Props {
  readonly images: readonly Image[] | undefined;
  readonly failed: boolean;
  readonly report: Report | undefined;
  readonly route: Route;
}

const EXPECTED_IMAGES = 10;

/** The images, each with a sign for every backend against the reference and a link to its logits. */
export function Thumbnails({ images, failed, report, route }: Props) {
  return (
    <section aria-labelledby="images">
      <h2 id="images">Images</h2>
      {images?.length === 0 && (
        <p className="empty">
          No images are built in. Make them with <code>npm run make:images</code>.
        </p>
      )}
      {failed && !images && <p className="empty">The list of images did not arrive.</p>}
      {images ? (
        <ul className="thumbnails">
          {images.map((image) => (
            <Thumbnail
              key={image.id}
              image={image}
              row={report?.rows.find((row) => row.image === image.id)}
              address={cellAddress(route, image.id, null)}
            />
          ))}
        </ul>
      ) : (
        !failed && <Placeholder />
      )}
      {!(failed && !images) && images?.length !== 0 && <p className="key">{report && keyOf(report)}</p>}
    </section>
  );
}

/** What the signs under the images are. */
function keyOf({ reference, pairs }: Report): string {
  const others = new Intl.ListFormat("en", { type: "conjunction" }).format(pairs.map(({ other }) => other));
  if (pairs.length === 0) return "Only one backend took part, so no image has a sign.";
  const signs = `= same bits, ≈ within the tolerance, ≠ bits differ, ? an answer is missing.`;
  const which =
    pairs.length === 1
      ? `The sign: ${others} against ${reference}`
      : `One sign each for ${others}, in this order, against ${reference}`;
  return `${which}: ${signs}`;
}

interface ThumbnailProps {
  readonly image: Image;
  readonly row: ParityRow | undefined;
  readonly address: string;
}

function Thumbnail({ image, row, address }: ThumbnailProps) {
  return (
    <li>
      <a className="tile" href={address}>
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

function Placeholder() {
  return (
    <ul className="thumbnails" aria-hidden="true">
      {Array.from({ length: EXPECTED_IMAGES }, (_, index) => (
        <li key={index}>
          <span className="tile">
            <span className="bone" />
            <span className="caption" />
          </span>
        </li>
      ))}
    </ul>
  );
}
