import { useId } from "react";

export interface Option {
  readonly id: string;
  readonly text: string;
}

interface Props {
  readonly label: string;
  /** The label is next to the list (default: above it). */
  readonly inline?: boolean;
  readonly value: string;
  /** Undefined until they arrive. */
  readonly options: readonly Option[] | undefined;
  /** Shown for a value that is not among the options. */
  readonly missing: string;
  onChoose(id: string): void;
}

/** A labelled list of options. A value from the address stays selected even if it is unknown. */
export function Select({ label, inline = false, value, options, missing, onChoose }: Props) {
  const id = useId();
  const known = options?.some((option) => option.id === value) ?? false;
  return (
    <p className={inline ? "choice" : "field"}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} disabled={!options?.length} onChange={(event) => onChoose(event.target.value)}>
        {!known && <option value={value}>{missing}</option>}
        {options?.map((option) => (
          <option key={option.id} value={option.id}>
            {option.text}
          </option>
        ))}
      </select>
    </p>
  );
}

interface ModelSelectProps {
  readonly models: readonly { readonly id: string }[] | undefined;
  readonly chosen: { readonly id: string } | undefined;
  /** The list of models could not be loaded. */
  readonly failed: boolean;
  onChoose(id: string): void;
}

export function ModelSelect({ models, chosen, failed, onChoose }: ModelSelectProps) {
  const missing = models ? (models.length === 0 ? "none served" : "choose one") : failed ? "unknown" : "…";
  return (
    <Select
      label="Model"
      inline
      value={chosen?.id ?? ""}
      options={models?.map(({ id }) => ({ id, text: id }))}
      missing={missing}
      onChoose={onChoose}
    />
  );
}
