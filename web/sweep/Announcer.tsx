import { useEffect, useRef, useState } from "react";

/** A voice that reads every batch aloud would say nothing else. */
const INTERVAL_MS = 5_000;

/** Says where the sweep is to who listens: at most once an interval, and at once when it is over. */
export function Announcer({ text, settled }: { readonly text: string; readonly settled: boolean }) {
  const [said, say] = useState("");
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  });
  useEffect(() => {
    say(latest.current);
    if (settled) return undefined;
    const timer = setInterval(() => say(latest.current), INTERVAL_MS);
    return () => clearInterval(timer);
  }, [settled]);
  return (
    <p className="unseen" role="status" aria-live="polite">
      {settled ? text : said}
    </p>
  );
}
