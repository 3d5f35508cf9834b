import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PREPROCESS_VARIABLES } from "#core/model/model-preprocess.ts";
import { shownDefault, VARIABLE_NAMES, VARIABLES, variablesOf } from "#core/variables.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PAGES = ["deployment.md", "own-model.md"].map((page) => readFile(join(ROOT, "docs", page), "utf8"));
const DOCS = (await Promise.all(PAGES)).join("\n");

/** What packages that the origin loads read under Deno. */
const OF_PACKAGES = ["NODE_ENV", "npm_package_config_libvips", "MALLOC_ARENA_MAX"];

describe("every environment variable", () => {
  it.each(VARIABLE_NAMES)("%s has a row in the tables of docs/, as it is declared", (name) => {
    const row = DOCS.split("\n").find((line) => line.startsWith(`| \`${name}\``));
    const cells = row?.split("|").map((cell) => cell.trim());
    expect(cells).toEqual(["", `\`${name}\``, shownDefault(name), VARIABLES[name].help, ""]);
  });

  it("of the origin and of its models is one that Deno lets it read, and no other", async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const allowed = /--allow-env=(\S+)/.exec(scripts["origin:deno"] ?? "")?.[1]?.split(",") ?? [];
    expect(allowed.toSorted()).toEqual([...variablesOf("origin", "models"), ...OF_PACKAGES].toSorted());
  });

  it("that says how a model takes its images is among those of the models", () => {
    const ofModels = variablesOf("models").filter((name) => !["MODEL", "MODEL_JSON"].includes(name));
    expect(ofModels).toEqual(PREPROCESS_VARIABLES);
  });
});

describe("the sources", () => {
  const OTHERS = /^(NODE_COMPILE_CACHE|NO_COLOR|FORCE_COLOR|CUDA_|NVIDIA_|VK_|LD_LIBRARY_PATH|XDG_|HOME|PATH|CI)/;
  const folders = ["core/model", "node", "library", "edge", "origin", "models", "cli", "web"];
  const texts = Promise.all(folders.map((folder) => textsBelow(join(ROOT, folder)))).then((all) => all.flat());

  it.each(VARIABLE_NAMES)("read %s", async (name) => {
    expect((await texts).some((text) => text.includes(`"${name}"`))).toBe(true);
  });

  it("read no variable that is not declared, other programs' excepted", async () => {
    const read = (await texts).flatMap((text) =>
      [...text.matchAll(/\b(?:env|environment|variables)(?:\.|\[")([A-Z][A-Z_]+)\b/g)].map(([, name]) => name!),
    );
    const known: ReadonlySet<string> = new Set(VARIABLE_NAMES);
    expect(read.filter((name) => !known.has(name) && !OTHERS.test(name))).toEqual([]);
    expect(read).toContain("ORIGIN_HOST");
  });
});

async function textsBelow(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sources = files.filter((file) => file.isFile() && /\.(ts|js)$/.test(file.name));
  return await Promise.all(sources.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
}
