import type { BackendStatus } from "../queries.ts";
import { Prose } from "./Prose.tsx";

interface Props {
  readonly backends: readonly BackendStatus[] | undefined;
  readonly failed: boolean;
}

/** The number of backends in the schema. */
const EXPECTED_BACKENDS = 5;

/** Every backend: its runtime and device, or why it is unavailable. */
export function BackendList({ backends, failed }: Props) {
  return (
    <section aria-labelledby="backends">
      <h2 id="backends">Backends</h2>
      {failed && !backends && <p className="empty">The list of backends could not be loaded.</p>}
      {backends?.length === 0 && <p className="empty">This server has no backends.</p>}
      {(backends || !failed) && (
        <ul className="backends cards" aria-hidden={!backends}>
          {backends
            ? backends.map((status) => <Backend key={status.backend} status={status} />)
            : Array.from({ length: EXPECTED_BACKENDS }, (_, index) => (
                <li key={index} className="card">
                  <span className="bone" />
                </li>
              ))}
        </ul>
      )}
    </section>
  );
}

function Backend({ status }: { readonly status: BackendStatus }) {
  const { backend, side, available, reason, executionProvider, runtime, runtimeVersion, device, hardwareGpu } = status;
  return (
    <li className="card" data-available={available}>
      <h3>
        {backend} <small>{side.toLowerCase()}</small>
      </h3>
      <p className="state">
        <span aria-hidden="true">{available ? "●" : "○"}</span> {available ? "available" : "not available"}
      </p>
      {reason && (
        <p className="reason">
          <Prose text={reason} />
        </p>
      )}
      <dl className="terms">
        <dt>Provider</dt>
        <dd>{executionProvider}</dd>
        <dt>Runtime</dt>
        <dd>
          {runtime} {runtimeVersion === "unknown" ? "" : runtimeVersion}
        </dd>
        {device && (
          <>
            <dt>Device</dt>
            <dd>{deviceText({ name: device, hardwareGpu })}</dd>
          </>
        )}
      </dl>
    </li>
  );
}

/** A software adapter is never called a GPU. */
export function deviceText({ name, hardwareGpu }: { readonly name: string; readonly hardwareGpu: boolean }): string {
  return `${name}${hardwareGpu ? " (hardware GPU)" : ""}`;
}
