/** A sentence for a person, on stderr: stdout is for results. */
export function sayLine(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** The same as one line that rewrites itself, on a terminal alone. */
export function sayOnTerminal(sentence: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${sentence}`);
}
