import { formatBytes, plural } from "../format.ts";
import type { Model } from "../queries.ts";
import { ModelSelect } from "./Select.tsx";

interface Props {
  readonly models: readonly Model[] | undefined;
  readonly chosen: Model | undefined;
  readonly failed: boolean;
  readonly running: boolean;
  onChoose(id: string): void;
  onRun(): void;
}

export function Controls({ models, chosen, failed, running, onChoose, onRun }: Props) {
  return (
    <div className="controls">
      <ModelSelect models={models} chosen={chosen} failed={failed} onChoose={onChoose} />
      <p className="facts quiet">{chosen && factsOf(chosen)}</p>
      {/* aria-disabled, not disabled: a focused button that becomes disabled loses the focus. */}
      <button type="button" className="run" aria-disabled={running} onClick={onRun}>
        {running ? "Running…" : "Run again"}
      </button>
    </div>
  );
}

function factsOf({ labels, inputShape, opset, sizeBytes, sha256 }: Model): string {
  const shape = inputShape.map((size) => (size === -1 ? "N" : size)).join("×");
  return `input ${shape}, ${plural(labels.length, "label")}, opset ${opset}, ${formatBytes(sizeBytes)}, SHA-256 ${sha256.slice(0, 12)}…`;
}
