import { useEffect, useRef, useState } from "react";

/** A screen reader could not keep up with every batch. */
const INTERVAL_MS = 5_000;

/** Reads the progress aloud: at most once per interval, and at once when the sweep is over. */
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
