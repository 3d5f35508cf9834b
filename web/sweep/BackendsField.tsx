import { type BackendId, isGpuBackend } from "#core/backends.ts";
import type { BackendStatus } from "../queries.ts";
import { Prose } from "../views/Prose.tsx";

interface Props {
  readonly statuses: readonly BackendStatus[] | undefined;
  readonly failed: boolean;
  readonly chosen: readonly BackendId[];
  onChoose(ids: readonly BackendId[]): void;
}

/** The backends to compare; an unavailable one gives its reason. */
export function BackendsField({ statuses, failed, chosen, onChoose }: Props) {
  const toggle = (id: BackendId) =>
    onChoose(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  return (
    <fieldset className="backends-field card">
      <legend>Backends</legend>
      {!statuses && <p className="empty">{failed ? "The list of backends could not be loaded." : "…"}</p>}
      {statuses?.map(({ backend, available, reason, hardwareGpu, device }) => (
        <div key={backend} className="option">
          <input
            type="checkbox"
            id={`sweep-${backend}`}
            checked={chosen.includes(backend)}
            disabled={!available}
            aria-describedby={available ? undefined : `sweep-${backend}-reason`}
            onChange={() => toggle(backend)}
          />
          <label htmlFor={`sweep-${backend}`}>
            {backend} {available && isGpuBackend(backend) && !hardwareGpu && <small>emulated, slow </small>}
            {available && device && <small>{device}</small>}
          </label>
          {!available && (
            <p className="quiet" id={`sweep-${backend}-reason`}>
              not available: <Prose text={reason ?? "no reason was given"} />
            </p>
          )}
        </div>
      ))}
    </fieldset>
  );
}
