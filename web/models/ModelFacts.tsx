import { formatBytes, formatCount } from "../format.ts";
import { Prose } from "../views/Prose.tsx";
import type { ServedModel } from "./models-query.ts";
import { inputText, preprocessText } from "./words.ts";

/** A model's input, labels and file. */
export function ModelFacts({ model }: { readonly model: ServedModel }) {
  const { id, labels, opset, sizeBytes, sha256, executedSha256, adaptations } = model;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{id}</h2>
      <dl className="facts-list terms card">
        <dt>Input</dt>
        <dd>{inputText(model)}</dd>
        <dt>Images</dt>
        <dd>{preprocessText(model)}</dd>
        <dt>Labels</dt>
        <dd>
          <Labels labels={labels} />
        </dd>
        <dt>Operators</dt>
        <dd>ONNX operator set {opset}</dd>
        <dt>Size</dt>
        <dd>
          {formatBytes(sizeBytes)} <small>({formatCount(sizeBytes)} bytes)</small>
        </dd>
        <dt>SHA-256</dt>
        <dd>
          <code>{sha256}</code>
        </dd>
        {adaptations.length > 0 && (
          <>
            <dt>Changes before execution</dt>
            <dd>
              {adaptations.map((each) => (
                <p key={each}>
                  <Prose text={each} />
                </p>
              ))}
            </dd>
          </>
        )}
        {executedSha256 !== sha256 && (
          <>
            <dt>SHA-256 as executed</dt>
            <dd>
              <code>{executedSha256}</code>
            </dd>
          </>
        )}
        <dt>File</dt>
        <dd>
          <a href={`/models/${sha256}.onnx`} download={`${id}.onnx`}>
            Download {id}.onnx
          </a>
        </dd>
      </dl>
    </section>
  );
}

const LABELS_SHOWN = 20;

/** A long list of labels is folded. */
function Labels({ labels }: { readonly labels: readonly string[] }) {
  if (labels.length <= LABELS_SHOWN) return `${formatCount(labels.length)}: ${labels.join(", ")}`;
  return (
    <details>
      <summary>
        {formatCount(labels.length)}: {labels.slice(0, 5).join(", ")}, …
      </summary>
      {labels.join(", ")}
    </details>
  );
}
