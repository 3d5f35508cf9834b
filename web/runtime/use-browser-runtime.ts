import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { messageOf } from "#core/errors.ts";
import type { AnswerSource } from "../answers/source.ts";
import type { Image, Report } from "../queries.ts";
import { BROWSER_PROVIDERS, type Provider } from "./providers.ts";
import { browserRuntime, type BrowserRow, type RuntimeState } from "./runtime.ts";

/** This browser's runtimes and their state. Starts them if the user enabled them on an earlier visit. */
export function useBrowserRuntime(): RuntimeState & {
  start(): void;
  stop(): void;
  retry: typeof browserRuntime.retry;
} {
  const state = useSyncExternalStore(browserRuntime.subscribe, browserRuntime.snapshot);
  useEffect(() => browserRuntime.startIfRemembered(), []);
  return useMemo(
    () => ({
      ...state,
      start: () => browserRuntime.start(),
      stop: () => browserRuntime.stop(),
      retry: (provider) => browserRuntime.retry(provider),
    }),
    [state],
  );
}

/** One source per loaded runtime; the array stays the same until a runtime is loaded or lost. */
export function useBrowserSources(): readonly AnswerSource[] {
  const { rows } = useBrowserRuntime();
  const running = runningIn(rows);
  return useMemo(() => {
    const names = running.split(" ");
    return browserRuntime
      .snapshot()
      .rows.filter(({ source }) => names.includes(source))
      .map(({ provider }) => browserSource(provider));
  }, [running]);
}

function browserSource(provider: Provider): AnswerSource {
  return {
    id: BROWSER_PROVIDERS[provider].source,
    quick: provider === "wasm",
    ask: async (request, signal) => {
      const { answerSketch } = await import("./answer-sketch.ts");
      return { rows: [await answerSketch(browserRuntime, provider, request, signal)], alarms: [] };
    },
  };
}

/**
 * A report on the built-in images extended by this browser's results. When the report is run again, the last extended
 * report is returned until the new one has as many rows, so that no row disappears in between.
 * @returns `outdated`: the report is the last one; this browser has not finished the new one
 */
export function useReportWithBrowser(
  report: Report | undefined,
  images: readonly Image[] | undefined,
  tolerance: Tolerance | null,
): { readonly report: Report | undefined; readonly outdated: boolean } {
  const { rows } = useBrowserRuntime();
  const running = runningIn(rows);
  // Compared by value: it may be a new object on every render.
  const bounds = JSON.stringify(tolerance);
  const [extended, setExtended] = useState<Extended>();
  useEffect(() => {
    if (report === undefined || images === undefined || running === "") return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    const sources = running.split(" ");
    const tolerated = JSON.parse(bounds) as Tolerance | null;
    const onLonger = (longer: Report, by: readonly string[]): void => {
      if (signal.aborted) return;
      setExtended((last) => {
        const fewer =
          last?.bounds === bounds && isAbout(last, report) && by.length < Math.min(last.by.length, sources.length);
        return fewer ? last : { of: report, bounds, by, report: longer };
      });
    };
    import("./extend-report.ts")
      .then(({ extendReport }) => extendReport({ report, images, tolerance: tolerated, sources, signal, onLonger }))
      .catch((error: unknown) => {
        if (!signal.aborted) browserRuntime.giveUp(sources, messageOf(error));
      });
    return () => leaving.abort();
  }, [report, images, bounds, running]);
  const sources = running === "" ? [] : running.split(" ");
  const fits =
    report !== undefined &&
    extended?.bounds === bounds &&
    isAbout(extended, report) &&
    extended.by.every((source) => sources.includes(source));
  return fits ? { report: extended.report, outdated: extended.of !== report } : { report, outdated: false };
}

/** Whether it extends this report, or an earlier run of the same request. */
function isAbout({ of }: Extended, report: Report): boolean {
  return of.model.id === report.model.id;
}

interface Extended {
  readonly of: Report;
  /** The tolerance, as JSON. */
  readonly bounds: string;
  /** The added sources. */
  readonly by: readonly string[];
  readonly report: Report;
}

/**
 * The loaded sources, joined to a string so that it can be compared. A source that is loading a model has a
 * `runtimeVersion`, unlike one that is still loading its runtime.
 */
function runningIn(rows: readonly BrowserRow[]): string {
  return rows
    .filter(
      ({ state, runtimeVersion }) => runtimeVersion !== null && (state.kind === "ready" || state.kind === "loading"),
    )
    .map(({ source }) => source)
    .join(" ");
}
