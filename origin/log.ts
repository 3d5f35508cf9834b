/** One event, one line on stderr, so that stdout holds only what a caller waits for. */
export function log(event: string): void {
  console.error(`origin: ${oneLine(event)}`);
}

/** A stack trace or a library's output as one line. */
export function oneLine(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" | ");
}
