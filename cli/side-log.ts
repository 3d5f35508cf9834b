import { colour } from "./colour.ts";

const COLOURS: Readonly<Record<string, "cyan" | "magenta" | "blue">> = { edge: "cyan", origin: "magenta", web: "blue" };

/** Prints a line of one of the stack's processes on stderr, marked with its name. */
export function logLine(name: string, line: string): void {
  const mark = colour(COLOURS[name] ?? "blue", `[${name}]`, process.stderr);
  process.stderr.write(`${mark} ${line}\n`);
}

export function logEvent(sentence: string): void {
  process.stderr.write(`${colour("yellow", sentence, process.stderr)}\n`);
}
