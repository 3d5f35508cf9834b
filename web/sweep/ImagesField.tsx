import { type ReactNode, useRef } from "react";
import { formatCount, plural } from "../format.ts";
import type { ChosenFiles } from "./read-files.ts";
import { countOf, faultOf, type ImageSource, type Settings } from "./settings.ts";

interface Props {
  readonly settings: Settings;
  /** Built-in ones. */
  readonly digits: number;
  readonly chosen: ChosenFiles | null;
  readonly reading: boolean;
  readonly refused: string | null;
  onChange(changes: Readonly<Record<string, string | null>>): void;
  onFiles(files: readonly File[]): void;
}

/** What is run: made here, or out of files. */
export function ImagesField(props: Props) {
  const { settings, digits, onChange } = props;
  const count = countOf(settings, digits);
  return (
    <fieldset className="images-field">
      <legend>Images</legend>
      <Source {...props} source="shifted" title="The ten digits, shifted">
        <Field label="by up to" unit="pixels each way" field="range" {...props} />
        <p className="hint" aria-live="polite">
          {count === null ? "" : `Every digit at every place: ${plural(count, "image")}.`}
        </p>
      </Source>
      <Source {...props} source="files" title="Files of yours">
        <Files {...props} />
      </Source>
      <Source {...props} source="noise" title="Random noise">
        <Field label="" unit="images" field="count" {...props} />
        <Field label="from the seed" unit="" field="seed" {...props} />
        <button
          type="button"
          className="plain"
          onClick={() => onChange({ seed: String(crypto.getRandomValues(new Uint32Array(1))[0]) })}
        >
          Another seed
        </button>
        <p className="hint">The same seed makes the same images again, in any browser.</p>
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
      {picked && <div className="details">{children}</div>}
    </div>
  );
}

interface FieldProps extends Props {
  readonly field: "range" | "count" | "seed";
  readonly label: string;
  readonly unit: string;
}

const FIELD_NAMES = Object.freeze({ range: "Pixels each way", count: "How many images", seed: "Seed" });

/** A number in a sentence. */
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
          // Choosing the same file again is a change, too.
          event.target.value = "";
        }}
      />
      <p className="chosen" aria-live="polite">
        {reading ? "Reading…" : chosen ? chosenText(chosen) : "or drop them anywhere here."}
      </p>
      {refused && (
        <p className="refused fault" role="alert">
          {refused}
        </p>
      )}
      <p className="hint">
        An IDX file of images as MNIST comes in (t10k-images-idx3-ubyte, gzipped or not), with its file of labels for
        the accuracy; or images: PNG, and what the origin decodes. At most 10,000; they are sent for the predictions and
        kept nowhere.
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
