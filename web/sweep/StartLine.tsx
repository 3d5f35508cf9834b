import { type MouseEvent, useSyncExternalStore } from "react";
import { conjunction, plural } from "../format.ts";
import type { SweepState } from "./sweep-run.ts";

interface Props {
  readonly state: SweepState;
  /** Why a sweep cannot start now; null if it can. */
  readonly hindrance: string | null;
  readonly count: number | null;
  readonly backends: readonly string[];
  onStart(): void;
  onStop(): void;
  /** Null if nothing needs to be loaded again. */
  readonly onReload: (() => void) | null;
}

/** One button to start and stop, so that it keeps its place and the focus. */
export function StartLine({ state, hindrance, count, backends, onStart, onStop, onReload }: Props) {
  const running = state.phase === "preparing" || state.phase === "running";
  const wait = useSecondsUntil(running ? null : state.retryAt);
  const blocked = !running && (hindrance !== null || wait > 0);
  const press = ({ detail }: MouseEvent) => {
    // Ignores the second click of a double click: the first changed the button's action.
    if (detail > 1) return;
    if (running) onStop();
    else if (!blocked) onStart();
  };
  return (
    <div className="start-line row">
      <button type="button" className="run" aria-disabled={blocked} aria-describedby="sweep-ready" onClick={press}>
        {running ? "Stop" : wait > 0 ? `Start in ${wait} s` : "Start"}
      </button>
      <p id="sweep-ready">{running ? "The sweep continues when you leave this view. Stop ends it." : readiness()}</p>
      {onReload && (
        <button type="button" className="plain" onClick={onReload}>
          Try again
        </button>
      )}
    </div>
  );

  function readiness(): string {
    if (wait > 0) return "The server is busy. Try again after this time.";
    if (hindrance !== null) return hindrance;
    return `${count === null ? "Images" : plural(count, "image")} on ${conjunction(backends)}.`;
  }
}

/** Counts down the whole seconds until a time; 0 once it has passed, or if it is null. */
function useSecondsUntil(time: number | null): number {
  return useSyncExternalStore(eachQuarterSecond, () =>
    time === null ? 0 : Math.max(0, Math.ceil((time - Date.now()) / 1000)),
  );
}

function eachQuarterSecond(listener: () => void): () => void {
  const timer = setInterval(listener, 250);
  return () => clearInterval(timer);
}
