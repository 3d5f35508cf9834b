import { useId } from "react";
import type { BackendStatus, Catalogue } from "../queries.ts";

/** What is traced: as it stands in the address. */
export interface Asked {
  readonly image: string;
  readonly model: string | null;
  readonly a: string;
  readonly b: string;
}

interface Props {
  readonly asked: Asked;
  readonly catalogue: Catalogue | undefined;
  readonly backends: readonly BackendStatus[] | undefined;
  readonly running: boolean;
  onChange(changes: Partial<Asked>): void;
  onRun(): void;
}

/** Picks image, model and the two backends. */
export function Question({ asked, catalogue, backends, running, onChange, onRun }: Props) {
  const { image, model, a, b } = asked;
  // The same backend twice has nothing to tell: who picks the other one's swaps the two.
  const choose = (side: "a" | "b", id: string) => {
    const other = side === "a" ? b : a;
    onChange(id === other ? { a: b, b: a } : { [side]: id });
  };
  return (
    <div className="question">
      <Select
        label="Image"
        value={image}
        options={catalogue?.images.map(({ id }) => ({ id, text: id }))}
        onChoose={(id) => onChange({ image: id })}
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
