import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { messageOf } from "#core/errors.ts";
import type { Image, Report } from "../queries.ts";
import { browserRuntime, type BrowserRow, type RuntimeState } from "./runtime.ts";
import { browserSource, type BrowserSource } from "./sketch-source.ts";

/** This browser's own runtimes and how they are. It starts by itself where the reader wanted it on an earlier visit. */
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

/** Those that have loaded, one source each, for a view that asks about sketches; none before. The same array while they stay. */
export function useBrowserSources(): readonly BrowserSource[] {
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

/**
 * A report on the built-in images with this browser's answers in it, held against the same reference by the same
 * comparison. The first time the report is shown as it is until they are there; when it is run again, the last one with
 * all its rows stays until the new one has as many, so that no row comes and goes.
 * @returns `outdated`: the report is the last one, and the new one still waits for this browser
 */
export function useReportWithBrowser(
  report: Report | undefined,
  images: readonly Image[] | undefined,
  tolerance: Tolerance | null,
): { readonly report: Report | undefined; readonly outdated: boolean } {
  const { rows } = useBrowserRuntime();
  const running = runningIn(rows);
  // By its value: it may be another object on every render.
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

/** Of the same request, be it of an earlier run. */
function isAbout({ of }: Extended, report: Report): boolean {
  return of.model.id === report.model.id;
}

interface Extended {
  readonly of: Report;
  /** The tolerance, as JSON. */
  readonly bounds: string;
  /** The sources that are in it. */
  readonly by: readonly string[];
  readonly report: Report;
}

/**
 * The sources that have loaded, as one word list: it stays the same while they do. One that loads a model has loaded;
 * `runtimeVersion` tells it from one that is still on its way.
 */
function runningIn(rows: readonly BrowserRow[]): string {
  return rows
    .filter(
      ({ state, runtimeVersion }) => runtimeVersion !== null && (state.kind === "ready" || state.kind === "loading"),
    )
    .map(({ source }) => source)
    .join(" ");
}
