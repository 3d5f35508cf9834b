import { EXIT } from "./exit-codes.ts";

/** What these codes mean in every command, unless it says more. */
const SHARED: Readonly<Record<number, string>> = Object.freeze({
  [EXIT.BAD_USAGE]: "bad usage, or a file that cannot be read or written",
  [EXIT.DEFECT]: "a defect of isobit itself",
  [EXIT.INTERRUPTED]: "ended by a signal",
});

/** The end of a command's help. @param own what the other codes mean here; a line break indents the next line */
export function exitCodesHelp(own: Readonly<Record<number, string>>): string {
  const lines = Object.entries({ ...SHARED, ...own }).map(
    ([code, meaning]) => `  ${code.padEnd(5)}${meaning.replaceAll("\n", `\n${" ".repeat(7)}`)}`,
  );
  return `Exit codes:\n${lines.join("\n")}\n`;
}
