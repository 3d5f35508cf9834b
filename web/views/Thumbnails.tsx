import type { Image, ParityRow } from "../queries.ts";
import { VERDICT_FACES } from "../verdicts.ts";
import { rowId } from "./row-id.ts";

interface Props {
  readonly images: readonly Image[] | undefined;
  readonly failed: boolean;
  readonly rows: readonly ParityRow[] | undefined;
}

const EXPECTED_IMAGES = 10;

/** The pictures, each with a sign for every pair and a link to its row. */
export function Thumbnails({ images, failed, rows }: Props) {
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
            <Thumbnail key={image.id} image={image} row={rows?.find((row) => row.image === image.id)} />
          ))}
        </ul>
      ) : (
        !failed && <Placeholder />
      )}
    </section>
  );
}

function Thumbnail({ image, row }: { readonly image: Image; readonly row: ParityRow | undefined }) {
  return (
    <li>
      <a className="tile" href={`#${rowId(image.id)}`}>
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
