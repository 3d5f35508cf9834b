import { useRef } from "react";
import { formatBytes } from "../format.ts";
import type { Progress } from "./messages.ts";
import { BROWSER_PROVIDERS } from "./providers.ts";
import type { BrowserRow } from "./runtime.ts";
import "./runtime.css";
import { useBrowserRuntime } from "./use-browser-runtime.ts";

/** Offers that this browser takes part, and shows how far it is. */
export function BrowserRuntimePanel() {
  const { wanted, rows, start, stop, retry } = useBrowserRuntime();
  const choice = useRef<HTMLButtonElement>(null);
  return (
    <section aria-labelledby="this-browser" className="browser-runtime">
      <div className="browser-runtime-head">
        <h2 id="this-browser">This browser</h2>
        <button ref={choice} type="button" className={wanted ? "plain" : "run"} onClick={wanted ? stop : start}>
          {wanted ? "Leave this browser out" : "Run in this browser too"}
        </button>
      </div>
      {wanted ? (
        <ul>
          {rows.map((row) => (
            <Row
              key={row.provider}
              row={row}
              onRetry={() => {
                // The button pressed is about to go.
                choice.current?.focus({ preventScroll: true });
                retry(row.provider);
              }}
            />
          ))}
        </ul>
      ) : (
        <p>
          Your own machine can be one more row: the same model in the same ONNX Runtime, compared bit by bit like the
          others. That downloads {BROWSER_PROVIDERS.wasm.downloadMegabytes} MB once,{" "}
          {BROWSER_PROVIDERS.webgpu.downloadMegabytes} MB more where the browser has WebGPU, and the model. Nothing is
          sent anywhere.
        </p>
      )}
    </section>
  );
}

function Row({ row, onRetry }: { readonly row: BrowserRow; readonly onRetry: () => void }) {
  const { source, title, state, runtimeVersion, device } = row;
  return (
    <li data-source={source} data-state={state.kind}>
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
        <p className="device">
          onnxruntime-web {runtimeVersion}
          {device && (
            <>
              {" "}
              on {device.name}
              {device.hardwareGpu && " (hardware GPU)"}
            </>
          )}
        </p>
      )}
    </li>
  );
}

const WORDS = Object.freeze({
  off: "not started",
  loading: "loading",
  ready: "takes part",
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
  // Preparing has no end that could be foretold.
  const bounds = totalBytes === null || what === "session" ? {} : { max: totalBytes, value: loadedBytes };
  return (
    <>
      <progress aria-label={`${title}: ${WHAT[what]}`} {...bounds} />
      <p className="device">
        {WHAT[what]}
        {what !== "session" && `: ${far}`}
      </p>
    </>
  );
}
