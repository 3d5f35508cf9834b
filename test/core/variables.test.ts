import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PREPROCESS_VARIABLES } from "#core/model/model-preprocess.ts";
import { type Reader, shownDefault, VARIABLE_NAMES, VARIABLES, variablesOf } from "#core/variables.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PAGES = ["deployment.md", "own-model.md"].map((page) => readFile(join(ROOT, "docs", page), "utf8"));
const DOCS = (await Promise.all(PAGES)).join("\n");

/** Where each reader's sources are. */
const FOLDERS: Readonly<Record<Reader, readonly string[]>> = {
  worker: ["edge"],
  edge: ["edge"],
  origin: ["origin"],
  models: ["models", "core/model"],
  dev: ["cli", "web"],
};

describe("every environment variable", () => {
  it.each(VARIABLE_NAMES)("%s has a row in the tables of docs/, as it is declared", (name) => {
    const row = DOCS.split("\n").find((line) => line.startsWith(`| \`${name}\``));
    const cells = row?.split("|").map((cell) => cell.trim());
    expect(cells).toEqual(["", `\`${name}\``, shownDefault(name), VARIABLES[name].help, ""]);
  });

  it("that says how a model takes its images is among those of the models", () => {
    const ofModels = variablesOf("models").filter((name) => !["MODEL", "MODEL_JSON"].includes(name));
    expect(ofModels).toEqual(PREPROCESS_VARIABLES);
  });
});

describe("the sources", () => {
  const OTHERS =
    /^(NODE_COMPILE_CACHE|NO_COLOR|FORCE_COLOR|CUDA_|NVIDIA_|VK_|LD_LIBRARY_PATH|XDG_|LOCALAPPDATA|ORT_|HOME|PATH|CI)/;
  const folders = ["core/model", "node", "library", "edge", "origin", "models", "cli", "web"];

  const declared = VARIABLE_NAMES.flatMap((name) => VARIABLES[name].readers.map((reader) => ({ name, reader })));
  /** A port may be read for the default of an address alone. */
  const forDefaults = ["EDGE_PORT of origin", "ORIGIN_PORT of edge"];

  it.each(declared)("of $reader read $name, which is declared for it", async ({ name, reader }) => {
    const code = (await textsBelow(FOLDERS[reader])).map(withoutComments);
    const isRead = code.some((text) => new RegExp(`\\b${name}\\b`).test(text));
    expect(isRead || forDefaults.includes(`${name} of ${reader}`)).toBe(true);
  });

  it("read no variable that is not declared, other programs' excepted", async () => {
    const read = (await textsBelow(folders)).flatMap((text) =>
      [...text.matchAll(/\b(?:env|environment|variables)(?:\.|\[")([A-Z][A-Z_]+)\b/g)].map(([, name]) => name!),
    );
    const known: ReadonlySet<string> = new Set(VARIABLE_NAMES);
    expect(read.filter((name) => !known.has(name) && !OTHERS.test(name))).toEqual([]);
    expect(read).toContain("ORIGIN_HOST");
  });
});

it("wrangler.toml names no variable that the Worker does not read", async () => {
  const named = (await readFile(join(ROOT, "wrangler.toml"), "utf8")).match(/\b[A-Z]+_[A-Z_]+\b/g) ?? [];
  expect(named).toContain("ORIGIN_URL");
  expect(variablesOf("worker")).toEqual(expect.arrayContaining(named));
});

async function textsBelow(folders: readonly string[]): Promise<readonly string[]> {
  const found = folders.map((folder) => readdir(join(ROOT, folder), { recursive: true, withFileTypes: true }));
  const sources = (await Promise.all(found)).flat().filter((file) => file.isFile() && /\.(ts|js)$/.test(file.name));
  return await Promise.all(sources.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}
