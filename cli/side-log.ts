import { styleText } from "node:util";

const COLOURS: Readonly<Record<string, "cyan" | "magenta" | "blue">> = { edge: "cyan", origin: "magenta", web: "blue" };

/** A line that a process of the stack wrote, marked with its name, on stderr. */
export function logLine(name: string, line: string): void {
  const mark = styleText(COLOURS[name] ?? "blue", `[${name}]`, { stream: process.stderr });
  process.stderr.write(`${mark} ${line}\n`);
}

export function logEvent(sentence: string): void {
  process.stderr.write(`${styleText("yellow", sentence, { stream: process.stderr })}\n`);
}
