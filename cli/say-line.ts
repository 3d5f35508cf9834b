/** Prints a sentence on stderr; stdout is for results. */
export function sayLine(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** Prints a sentence over the previous one, if stderr is a terminal. */
export function sayOnTerminal(sentence: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${sentence}`);
}
