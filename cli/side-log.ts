import { colour } from "./colour.ts";

const COLOURS: Readonly<Record<string, "cyan" | "magenta" | "blue">> = { edge: "cyan", origin: "magenta", web: "blue" };

/** A line that a process of the stack wrote, marked with its name, on stderr. */
export function logLine(name: string, line: string): void {
  const mark = colour(COLOURS[name] ?? "blue", `[${name}]`, process.stderr);
  process.stderr.write(`${mark} ${line}\n`);
}

export function logEvent(sentence: string): void {
  process.stderr.write(`${colour("yellow", sentence, process.stderr)}\n`);
}
