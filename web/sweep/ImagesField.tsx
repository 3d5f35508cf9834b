import { type ReactNode, useRef } from "react";
import { formatCount, plural } from "../format.ts";
import type { ChosenFiles } from "./read-files.ts";
import { countOf, faultOf, type ImageSource, type Settings } from "./settings.ts";

interface Props {
  readonly settings: Settings;
  /** The number of built-in images. */
  readonly digits: number;
  readonly chosen: ChosenFiles | null;
  readonly reading: boolean;
  readonly refused: string | null;
  onChange(changes: Readonly<Record<string, string | null>>): void;
  onFiles(files: readonly File[]): void;
}

/** The images to run: generated here, or read from files. */
export function ImagesField(props: Props) {
  const { settings, digits, onChange } = props;
  const count = countOf(settings, digits);
  return (
    <fieldset className="images-field card">
      <legend>Images</legend>
      <Source {...props} source="shifted" title="The ten digits, shifted">
        <Field label="by up to" unit="pixels in each direction" field="range" {...props} />
        <p className="quiet" aria-live="polite">
          {count === null ? "" : `Every digit at every position: ${plural(count, "image")}.`}
        </p>
      </Source>
      <Source {...props} source="files" title="Your files">
        <Files {...props} />
      </Source>
      <Source {...props} source="noise" title="Random noise">
        <Field label="" unit="images" field="count" {...props} />
        <Field label="with the seed" unit="" field="seed" {...props} />
        <button
          type="button"
          className="plain"
          onClick={() => onChange({ seed: String(crypto.getRandomValues(new Uint32Array(1))[0]) })}
        >
          Another seed
        </button>
        <p className="quiet">The same seed gives the same images in every browser.</p>
      </Source>
    </fieldset>
  );
}

interface SourceProps extends Props {
  readonly source: ImageSource;
  readonly title: string;
  readonly children: ReactNode;
}

function Source({ source, title, children, settings, onChange }: SourceProps) {
  const picked = settings.images === source;
  return (
    <div className="source" data-picked={picked}>
      <p className="option">
        <input
          type="radio"
          name="images"
          id={`images-${source}`}
          checked={picked}
          onChange={() => onChange({ images: source })}
        />
        <label htmlFor={`images-${source}`}>{title}</label>
      </p>
      {picked && <div className="details row">{children}</div>}
    </div>
  );
}

interface FieldProps extends Props {
  readonly field: "range" | "count" | "seed";
  readonly label: string;
  readonly unit: string;
}

const FIELD_NAMES = Object.freeze({ range: "Pixels in each direction", count: "Number of images", seed: "Seed" });

/** A number field inside a sentence. */
function Field({ field, label, unit, settings, onChange }: FieldProps) {
  const fault = faultOf(field, settings[field]);
  return (
    <p className="number-field">
      <label>
        {label}{" "}
        <input
          aria-label={FIELD_NAMES[field]}
          inputMode="numeric"
          autoComplete="off"
          size={field === "range" ? 3 : 10}
          value={settings[field]}
          aria-invalid={fault !== null}
          aria-describedby={fault ? `sweep-${field}-fault` : undefined}
          onChange={(event) => onChange({ [field]: event.target.value })}
        />{" "}
        {unit}
      </label>
      {fault && (
        <small className="fault" id={`sweep-${field}-fault`} role="alert">
          {fault}
        </small>
      )}
    </p>
  );
}

function Files({ chosen, reading, refused, onFiles }: Props) {
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="plain" onClick={() => chooser.current?.click()}>
        Choose files…
      </button>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        aria-label="Files to sweep"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // Otherwise choosing the same file again would not be a change.
          event.target.value = "";
        }}
      />
      <p className="chosen" aria-live="polite">
        {reading ? "Reading…" : chosen ? chosenText(chosen) : "or drop them anywhere on this page."}
      </p>
      {refused && (
        <p className="refused fault" role="alert">
          {refused}
        </p>
      )}
      <p className="quiet">
        An IDX file of images in MNIST&apos;s format (t10k-images-idx3-ubyte, gzipped or not), optionally with its file
        of labels for the accuracy; or PNG files and other formats that the origin decodes. At most 10,000 images. They
        are sent to the backends and not stored.
      </p>
    </>
  );
}

function chosenText(chosen: ChosenFiles): string {
  if (chosen.kind === "images") {
    const [first] = chosen.files;
    return chosen.files.length === 1 ? (first?.name ?? "") : `${formatCount(chosen.files.length)} image files`;
  }
  const { name, images, labels } = chosen;
  const count = images.levels.length / (images.width * images.height);
  const which = labels ? "with their labels" : "without labels";
  return `${name}: ${plural(count, "image")} of ${images.width} × ${images.height}, ${which}`;
}
