import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const CLI = join(import.meta.dirname, "..", "..", "cli");

/** An option's flags and its help, both typed as literals: `"--abs <bound>", "largest absolute …"` */
const TYPED = /"((?:-[a-z], )?--[a-z][^"]*)",\s*(["'`])(.*?)\2/gs;

test("no option is typed twice with the same help", async () => {
  const places = new Map<string, string[]>();
  for await (const file of glob("**/*.ts", { cwd: CLI })) {
    const text = await readFile(join(CLI, file), "utf8");
    for (const [, flags, , help] of text.matchAll(TYPED)) {
      const option = `${flags}: ${help}`;
      places.set(option, [...(places.get(option) ?? []), file]);
    }
  }
  expect(places.has("--abs <bound>: largest absolute difference that passes")).toBe(true);
  expect([...places].filter(([option, files]) => files.length > 1 && !option.startsWith("--config: "))).toEqual([]);
});
