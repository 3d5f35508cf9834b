import type { ComponentProps } from "react";
import { type Option, Select } from "../views/Select.tsx";
import { PixelPreview } from "../views/PixelPreview.tsx";
import { type HistoryEntry, labelOf } from "../history/entry.ts";
import type { BackendStatus, Catalogue, Image } from "../queries.ts";

/** The trace's parameters from the address. */
export interface Asked {
  /** Ignored if there is a sketch. */
  readonly image: string;
  /** The id of a saved sketch; null for a built-in image. */
  readonly sketch: string | null;
  readonly model: string | null;
  readonly a: string;
  readonly b: string;
}

interface Props {
  readonly asked: Asked;
  /** Null until it is loaded, or if there is none. */
  readonly sketch: HistoryEntry | null;
  readonly catalogue: Catalogue | undefined;
  readonly backends: readonly BackendStatus[] | undefined;
  readonly running: boolean;
  onChange(changes: Partial<Asked>): void;
  onRun(): void;
}

/** Chooses the image, the model and the two backends. */
export function TraceRequest({ asked, sketch, catalogue, backends, running, onChange, onRun }: Props) {
  const { image, model, a, b } = asked;
  const images = catalogue?.images.map(({ id }) => ({ id, text: id }));
  const sketched = asked.sketch === null ? [] : [{ id: SKETCH, text: sketchText(sketch) }];
  // A backend cannot be compared with itself: choosing the other side's backend swaps the two.
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
      <Choice
        label="Image"
        value={asked.sketch === null ? image : SKETCH}
        options={images && [...sketched, ...images]}
        onChoose={(id) => id !== SKETCH && onChange({ image: id, sketch: null })}
      />
      <Choice
        label="Model"
        value={model ?? catalogue?.models[0]?.id ?? ""}
        options={catalogue?.models.map(({ id }) => ({ id, text: id }))}
        onChoose={(id) => onChange({ model: id })}
      />
      <Choice label="Reference" value={a} options={optionsOf(backends)} onChoose={(id) => choose("a", id)} />
      <Choice label="Against" value={b} options={optionsOf(backends)} onChoose={(id) => choose("b", id)} />
      <button type="button" className="run" aria-disabled={running} onClick={() => running || onRun()}>
        {running ? "Tracing…" : "Trace again"}
      </button>
    </div>
  );
}

/** Not a valid image id, because of the space. */
const SKETCH = "a sketch";

function sketchText(sketch: HistoryEntry | null): string {
  const label = sketch && labelOf(sketch);
  return label === null ? "your sketch" : `your sketch (${label})`;
}

/** The traced image; its space is reserved until it is loaded. */
function Thumbnail({ sketch, image }: { readonly sketch: HistoryEntry | null; readonly image: Image | undefined }) {
  if (sketch) return <PixelPreview pixels={sketch.pixels} size={sketch} label="Your sketch, as the model sees it" />;
  if (!image) return <span className="pixels" />;
  const { url, label, width, height } = image;
  return <img className="pixels" src={url} width={width} height={height} alt={`Handwritten ${label}`} />;
}

function optionsOf(backends: readonly BackendStatus[] | undefined): Option[] | undefined {
  return backends?.map(({ backend, available }) => ({
    id: backend,
    text: available ? backend : `${backend} (not available)`,
  }));
}

function Choice({ value, options, ...others }: Omit<ComponentProps<typeof Select>, "missing">) {
  const missing = options ? `${value} (unknown)` : value || "…";
  return <Select value={value} options={options} missing={missing} {...others} />;
}
