import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { ERROR_CODES } from "#core/errors.ts";
import * as limits from "#core/limits.ts";
import { VARIABLES } from "#core/variables.ts";

/* docs/graphql.md says what the code says. */

const page = await readFile(new URL("../../docs/graphql.md", import.meta.url), "utf8");

/** The cells of each row below a heading, without the table's head. */
function rowsBelow(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it("lists every error code with its status, meaning and remedy", () => {
  expect(rowsBelow("Errors")).toEqual([
    ...Object.entries(ERROR_CODES).map(([code, { status, meaning, remedy }]) => [
      `\`${code}\``,
      String(status),
      meaning,
      remedy,
    ]),
    [
      "`INTERNAL`",
      "500",
      "A defect of isobit.",
      "Report it with the lines of the server's log that have the `id` in `extensions`.",
    ],
  ]);
});

const count = (value: number): string => value.toLocaleString("en-US");
const mebibytes = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;

it("lists every limit with its value and error", () => {
  expect(rowsBelow("Limits")).toEqual([
    ["levels of nesting in a query", count(limits.MAX_QUERY_DEPTH), "`BAD_INPUT`"],
    ["aliases in a query", count(limits.MAX_QUERY_ALIASES), "`BAD_INPUT`"],
    ["fragments in a query", count(limits.MAX_QUERY_FRAGMENTS), "`BAD_INPUT`"],
    ["brackets open at once in a query", count(limits.MAX_QUERY_BRACKETS), "`BAD_INPUT`"],
    ["tokens in a query", count(limits.MAX_QUERY_TOKENS), "`BAD_INPUT`"],
    ["items on a page (`first`)", count(limits.MAX_PAGE_ITEMS), "`BAD_INPUT`"],
    ["characters of an input's key", count(limits.MAX_KEY_CHARACTERS), "`BAD_INPUT`"],
    ["images in a request", count(limits.MAX_IMAGES_PER_QUERY), "`INPUT_TOO_LARGE`"],
    ["body of a request", mebibytes(limits.MAX_BODY_BYTES), "`INPUT_TOO_LARGE`"],
    ["one encoded image", mebibytes(limits.MAX_FILE_BYTES), "`INPUT_TOO_LARGE`"],
    ["pixels of a PNG (half at 16 bits)", count(limits.MAX_PNG_PIXELS), "`INPUT_TOO_LARGE`"],
    ["pixels of another image", count(limits.MAX_IMAGE_PIXELS), "`INPUT_TOO_LARGE`"],
    ["traces at the same time per side", count(limits.MAX_TRACES_AT_ONCE), "`OVERLOADED`"],
    ["sweeps at the same time per side", count(limits.MAX_SWEEPS_AT_ONCE), "`OVERLOADED`"],
    ["images that wait for one backend", count(2 * limits.MAX_IMAGES_PER_QUERY), "`OVERLOADED`"],
    ["expected wait for a backend", `${VARIABLES.MAX_WAIT_SECONDS.fallback} s`, "`OVERLOADED`"],
    [
      "the same on a software GPU",
      `${Number(VARIABLES.MAX_WAIT_SECONDS.fallback) / limits.SOFTWARE_GPU_SHARE} s`,
      "`OVERLOADED`",
    ],
  ]);
});
