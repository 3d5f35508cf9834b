import type { BackendStatus } from "../queries.ts";
import { Prose } from "./Prose.tsx";

interface Props {
  readonly backends: readonly BackendStatus[] | undefined;
  readonly failed: boolean;
}

/** As many as the schema names. */
const EXPECTED_BACKENDS = 5;

/** Every backend: what runs it, on what, or why it cannot. */
export function BackendList({ backends, failed }: Props) {
  return (
    <section aria-labelledby="backends">
      <h2 id="backends">Backends</h2>
      {failed && !backends && <p className="empty">The list of backends did not arrive.</p>}
      {backends?.length === 0 && <p className="empty">No backend is set up on this side.</p>}
      {backends ? (
        <ul className="backends">
          {backends.map((status) => (
            <Backend key={status.backend} status={status} />
          ))}
        </ul>
      ) : (
        !failed && <Placeholder />
      )}
    </section>
  );
}

function Backend({ status }: { readonly status: BackendStatus }) {
  const { backend, side, available, reason, executionProvider, runtime, runtimeVersion, device, hardwareGpu } = status;
  return (
    <li data-available={available}>
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
      <dl>
        <dt>Provider</dt>
        <dd>{executionProvider}</dd>
        <dt>Runtime</dt>
        <dd>
          {runtime} {runtimeVersion === "unknown" ? "" : runtimeVersion}
        </dd>
        {device && (
          <>
            <dt>Device</dt>
            <dd>
              {device}
              {hardwareGpu && " (hardware GPU)"}
            </dd>
          </>
        )}
      </dl>
    </li>
  );
}

function Placeholder() {
  return (
    <ul className="backends" aria-hidden="true">
      {Array.from({ length: EXPECTED_BACKENDS }, (_, index) => (
        <li key={index}>
          <span className="bone" />
        </li>
      ))}
    </ul>
  );
}
