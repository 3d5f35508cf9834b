import { useRef } from "react";
import { formatBytes } from "../format.ts";
import { deviceText } from "../views/BackendList.tsx";
import type { Progress } from "./messages.ts";
import { BROWSER_PROVIDERS } from "./providers.ts";
import type { BrowserRow } from "./runtime.ts";
import { useBrowserRuntime } from "./use-browser-runtime.ts";

/** Lets the user run models in this browser too, and shows the state of each provider. */
export function BrowserRuntimePanel() {
  const { wanted, rows, start, stop, retry } = useBrowserRuntime();
  const choice = useRef<HTMLButtonElement>(null);
  return (
    <section aria-labelledby="this-browser" className="browser-runtime stack">
      <div className="heading row">
        <h2 id="this-browser">This browser</h2>
        <button ref={choice} type="button" className={wanted ? "plain" : "run"} onClick={wanted ? stop : start}>
          {wanted ? "Stop running in this browser" : "Run in this browser too"}
        </button>
      </div>
      {wanted ? (
        <ul className="backends cards">
          {rows.map((row) => (
            <Row
              key={row.provider}
              row={row}
              onRetry={() => {
                // The retry button is about to disappear.
                choice.current?.focus({ preventScroll: true });
                retry(row.provider);
              }}
            />
          ))}
        </ul>
      ) : (
        <p className="prose">
          This browser can run the same model in the same ONNX Runtime, as one more row that is compared bit by bit. It
          downloads {BROWSER_PROVIDERS.wasm.downloadMegabytes} MB once, {BROWSER_PROVIDERS.webgpu.downloadMegabytes} MB
          more for WebGPU if available, and the model. Nothing is uploaded.
        </p>
      )}
    </section>
  );
}

function Row({ row, onRetry }: { readonly row: BrowserRow; readonly onRetry: () => void }) {
  const { source, title, state, runtimeVersion, device } = row;
  return (
    <li className="card" data-source={source} data-state={state.kind} data-available={state.kind === "ready"}>
      <h3>
        {source} <small>{title}</small>
      </h3>
      <p className="state" role="status">
        <span aria-hidden="true">{state.kind === "ready" ? "●" : "○"}</span> {WORDS[state.kind]}
      </p>
      {state.kind === "loading" && <Loading title={title} progress={state.progress} />}
      {state.kind === "unavailable" && (
        <>
          <p className="reason">{state.reason}</p>
          <button type="button" className="plain" onClick={onRetry}>
            Try {title} again
          </button>
        </>
      )}
      {state.kind === "ready" && (
        <p className="quiet">
          onnxruntime-web {runtimeVersion}
          {device && ` on ${deviceText(device)}`}
        </p>
      )}
    </li>
  );
}

const WORDS = Object.freeze({
  off: "not started",
  loading: "loading",
  ready: "ready",
  unavailable: "not available",
});

const WHAT: Readonly<Record<Progress["what"], string>> = Object.freeze({
  runtime: "ONNX Runtime",
  model: "The model",
  session: "Preparing the model",
});

function Loading({ title, progress }: { readonly title: string; readonly progress: Progress | null }) {
  if (progress === null) return <progress aria-label={`${title}: starting`} />;
  const { what, loadedBytes, totalBytes } = progress;
  const far =
    totalBytes === null ? formatBytes(loadedBytes) : `${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`;
  // How long the preparation takes is not known.
  const bounds = totalBytes === null || what === "session" ? {} : { max: totalBytes, value: loadedBytes };
  return (
    <>
      <progress aria-label={`${title}: ${WHAT[what]}`} {...bounds} />
      <p className="quiet">
        {WHAT[what]}
        {what !== "session" && `: ${far}`}
      </p>
    </>
  );
}
