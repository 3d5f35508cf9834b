import { type MouseEvent, useSyncExternalStore } from "react";
import { plural } from "../format.ts";
import type { SweepState } from "./sweep-run.ts";

interface Props {
  readonly state: SweepState;
  /** Why a sweep cannot be started now; null where it can. */
  readonly hindrance: string | null;
  readonly count: number | null;
  readonly backends: readonly string[];
  onStart(): void;
  onStop(): void;
  /** Null where there is nothing to ask for again. */
  readonly onReload: (() => void) | null;
}

/** One button, which starts and stops: it stays where it is and keeps the focus. */
export function StartLine({ state, hindrance, count, backends, onStart, onStop, onReload }: Props) {
  const running = state.phase === "preparing" || state.phase === "running";
  const wait = useSecondsUntil(running ? null : state.retryAt);
  const blocked = !running && (hindrance !== null || wait > 0);
  const press = ({ detail }: MouseEvent) => {
    // The second click of a double one was meant for the button's other meaning.
    if (detail > 1) return;
    if (running) onStop();
    else if (!blocked) onStart();
  };
  return (
    <div className="start-line">
      <button type="button" className="run" aria-disabled={blocked} aria-describedby="sweep-ready" onClick={press}>
        {running ? "Stop" : wait > 0 ? `Start in ${wait} s` : "Start"}
      </button>
      <p id="sweep-ready">{running ? "Leaving this view does not end the sweep; Stop does." : readiness()}</p>
      {onReload && (
        <button type="button" className="plain" onClick={onReload}>
          Ask again
        </button>
      )}
    </div>
  );

  function readiness(): string {
    if (wait > 0) return "Too much is under way there. Another try may have its turn then.";
    if (hindrance !== null) return hindrance;
    return `${count === null ? "Images" : plural(count, "image")} on ${new Intl.ListFormat("en").format(backends)}.`;
  }
}

/** Whole seconds that are left, counted down; 0 where the time is over or there is none. */
function useSecondsUntil(time: number | null): number {
  return useSyncExternalStore(eachQuarterSecond, () =>
    time === null ? 0 : Math.max(0, Math.ceil((time - Date.now()) / 1000)),
  );
}

function eachQuarterSecond(listener: () => void): () => void {
  const timer = setInterval(listener, 250);
  return () => clearInterval(timer);
}
