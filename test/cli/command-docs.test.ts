import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "#cli/exit-codes.ts";
import { VARIABLE_NAMES } from "#core/variables.ts";
import { isobit } from "../support/isobit.ts";

/* docs/command.md against the command itself. */

const text = await readFile(join(import.meta.dirname, "..", "..", "docs", "command.md"), "utf8");

/** The first cells of the table below a heading. */
function rowsUnder(heading: string): string[] {
  const section = text.split(`${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| (`?[\w-]+`?) +\|/gm)]
    .map(([, cell = ""]) => cell.replaceAll("`", ""))
    .filter((cell) => !/^-+$/.test(cell))
    .slice(1);
}

test("lists every command", async () => {
  const { stdout } = await isobit(["--help"]);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+[a-z-]*) /gm)].map(([, name]) => name);
  expect(rowsUnder("# The command").toSorted()).toEqual(commands.filter((name) => name !== "help").toSorted());
});

test("lists every exit code", () => {
  const codes = [...new Set(Object.values(EXIT))].toSorted((left, right) => left - right);
  expect(rowsUnder("## Exit codes").map(Number)).toEqual(codes);
});

test.each(VARIABLE_NAMES)("says what %s means to a command that asks a stack", (name) => {
  expect(text.split("## Which stack is asked")[1]?.split("\n## ")[0]).toContain(`\`${name}`);
});

test("names every command without --json, and no other", async () => {
  const [, list = ""] = /^All but (.*) have `--json`\.$/m.exec(text) ?? [];
  const without = [...list.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
  for (const name of rowsUnder("# The command")) {
    const { stdout } = await isobit([name, "--help"]);
    expect([name, /^ {2}--json /m.test(stdout)]).toEqual([name, !without.includes(name)]);
  }
});
