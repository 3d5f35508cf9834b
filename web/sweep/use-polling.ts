import { useEffect } from "react";

const INTERVAL_MS = 3_000;

/** Asks now and then while there is something to wait for and somebody to see it. @param ask the same one from one render to the next */
export function usePolling(waiting: boolean, ask: () => void): void {
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") ask();
    }, INTERVAL_MS);
    return () => clearInterval(timer);
  }, [waiting, ask]);
}
