import { useId } from "react";
import { formatBytes, plural } from "../format.ts";
import type { Model } from "../queries.ts";

interface Props {
  readonly models: readonly Model[] | undefined;
  readonly chosen: Model | undefined;
  readonly failed: boolean;
  readonly running: boolean;
  onChoose(id: string): void;
  onRun(): void;
}

export function Controls({ models, chosen, failed, running, onChoose, onRun }: Props) {
  const id = useId();
  return (
    <div className="controls">
      <div className="choice">
        <label htmlFor={id}>Model</label>
        <select
          id={id}
          value={chosen?.id ?? ""}
          disabled={!models?.length}
          onChange={(event) => onChoose(event.target.value)}
        >
          {models?.map((model) => (
            <option key={model.id} value={model.id}>
              {model.id}
            </option>
          ))}
          {!chosen && (
            <option value="">
              {models ? (models.length === 0 ? "none served" : "choose one") : failed ? "not known" : "…"}
            </option>
          )}
        </select>
      </div>
      <p className="facts">{chosen && factsOf(chosen)}</p>
      {/* aria-disabled, not disabled: a button that is disabled under the keyboard loses the focus. */}
      <button type="button" className="run" aria-disabled={running} onClick={onRun}>
        {running ? "Running…" : "Run again"}
      </button>
    </div>
  );
}

function factsOf({ labels, inputShape, opset, sizeBytes, sha256 }: Model): string {
  const shape = inputShape.map((size) => (size === -1 ? "N" : size)).join("×");
  return `${shape} in, ${plural(labels.length, "label")}, opset ${opset}, ${formatBytes(sizeBytes)}, SHA-256 ${sha256.slice(0, 12)}…`;
}
