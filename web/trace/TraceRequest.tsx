import { useId } from "react";
import { PixelPreview } from "../views/PixelPreview.tsx";
import { type HistoryEntry, labelOf } from "../history/entry.ts";
import type { BackendStatus, Catalogue, Image } from "../queries.ts";

/** What is traced: as it stands in the address. */
export interface Asked {
  /** Where no sketch is traced. */
  readonly image: string;
  /** The id of a kept sketch; null: a built-in image is traced. */
  readonly sketch: string | null;
  readonly model: string | null;
  readonly a: string;
  readonly b: string;
}

interface Props {
  readonly asked: Asked;
  /** The sketch, once it is read; null where there is none. */
  readonly sketch: HistoryEntry | null;
  readonly catalogue: Catalogue | undefined;
  readonly backends: readonly BackendStatus[] | undefined;
  readonly running: boolean;
  onChange(changes: Partial<Asked>): void;
  onRun(): void;
}

/** Picks image, model and the two backends. */
export function TraceRequest({ asked, sketch, catalogue, backends, running, onChange, onRun }: Props) {
  const { image, model, a, b } = asked;
  const images = catalogue?.images.map(({ id }) => ({ id, text: id }));
  const sketched = asked.sketch === null ? [] : [{ id: SKETCH, text: sketchText(sketch) }];
  // The same backend twice has nothing to tell: who picks the other one's swaps the two.
  const choose = (side: "a" | "b", id: string) => {
    const other = side === "a" ? b : a;
    onChange(id === other ? { a: b, b: a } : { [side]: id });
  };
  return (
    <div className="request">
      <Thumbnail
        sketch={sketch}
        image={asked.sketch === null ? catalogue?.images.find(({ id }) => id === image) : undefined}
      />
      <Select
        label="Image"
        value={asked.sketch === null ? image : SKETCH}
        options={images && [...sketched, ...images]}
        onChoose={(id) => id !== SKETCH && onChange({ image: id, sketch: null })}
      />
      <Select
        label="Model"
        value={model ?? catalogue?.models[0]?.id ?? ""}
        options={catalogue?.models.map(({ id }) => ({ id, text: id }))}
        onChoose={(id) => onChange({ model: id })}
      />
      <Select label="Reference" value={a} options={optionsOf(backends)} onChoose={(id) => choose("a", id)} />
      <Select label="Against" value={b} options={optionsOf(backends)} onChoose={(id) => choose("b", id)} />
      <button type="button" className="run" aria-disabled={running} onClick={() => running || onRun()}>
        {running ? "Tracing…" : "Trace again"}
      </button>
    </div>
  );
}

/** No image is called so: their ids are words. */
const SKETCH = "a sketch";

function sketchText(sketch: HistoryEntry | null): string {
  const label = sketch && labelOf(sketch);
  return label === null ? "your sketch" : `your sketch (${label})`;
}

/** What is traced, to be seen; it keeps its place while it is on its way. */
function Thumbnail({ sketch, image }: { readonly sketch: HistoryEntry | null; readonly image: Image | undefined }) {
  if (sketch) return <PixelPreview pixels={sketch.pixels} size={sketch} label="Your sketch, as the model sees it" />;
  if (!image) return <span className="pixels" />;
  const { url, label, width, height } = image;
  return <img className="pixels" src={url} width={width} height={height} alt={`Handwritten ${label}`} />;
}

interface Option {
  readonly id: string;
  readonly text: string;
}

function optionsOf(backends: readonly BackendStatus[] | undefined): Option[] | undefined {
  return backends?.map(({ backend, available }) => ({
    id: backend,
    text: available ? backend : `${backend} (not available)`,
  }));
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[] | undefined;
  onChoose(id: string): void;
}

/** What the address names stays in the list even where it is not (or not yet) known. */
function Select({ label, value, options, onChoose }: SelectProps) {
  const id = useId();
  const known = options?.some((option) => option.id === value) ?? false;
  return (
    <p className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} disabled={!options?.length} onChange={(event) => onChoose(event.target.value)}>
        {!known && <option value={value}>{options ? `${value} (not known)` : value || "…"}</option>}
        {options?.map((option) => (
          <option key={option.id} value={option.id}>
            {option.text}
          </option>
        ))}
      </select>
    </p>
  );
}
