import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importCircles } from "./import-circles.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "isobit-circles-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function plant(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(root, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

describe("a planted circle is found with its imports", () => {
  test.each<[string, Record<string, string>, object[]]>([
    [
      "of two files",
      { "core/a.ts": 'import { b } from "./b.ts";', "core/b.ts": 'export { a } from "./a.ts";' },
      [{ folder: "core", members: ["a.ts", "b.ts"], imports: ["core/a.ts -> core/b.ts", "core/b.ts -> core/a.ts"] }],
    ],
    [
      "of two folders whose files form no circle",
      {
        "web/x/one.ts": 'import type { Two } from "../y/two.ts";',
        "web/y/two.ts": "export type Two = 2;",
        "web/y/three.tsx": 'const view = <p>{import("../x/four.ts")}</p>;',
        "web/x/four.ts": "",
      },
      [{ folder: "web", members: ["x", "y"] }],
    ],
    [
      "of a folder and a file next to it, by the type of an import",
      { "core/a.ts": 'import "./b/c.ts";', "core/b/c.ts": 'type A = typeof import("#core/a.ts");' },
      [{ folder: "core", members: ["a.ts", "b"] }],
    ],
    [
      "of three top-level folders",
      {
        "core/a.ts": 'import "#node/a.ts";',
        "node/a.ts": 'export * from "#library/a.ts";',
        "library/a.ts": 'import "#core/b.ts";',
        "core/b.ts": "",
      },
      [{ folder: "", members: ["core", "library", "node"] }],
    ],
    [
      "twice in one folder",
      {
        "core/a.ts": 'import "./b.ts"; import "./c.ts";',
        "core/b.ts": 'import "./a.ts";',
        "core/c.ts": 'import "./d.ts";',
        "core/d.ts": 'import "./c.ts";',
      },
      [
        { folder: "core", members: ["a.ts", "b.ts"] },
        { folder: "core", members: ["c.ts", "d.ts"] },
      ],
    ],
    [
      "and nothing where imports run one way, in comments and in texts",
      {
        "core/a.ts": 'import "./b.ts";',
        "core/b.ts": '// import "./a.ts";\nexport const text = \'import "./a.ts"\';',
        "test/a.ts": 'import "./b.ts";',
        "test/b.ts": 'import "./a.ts";',
      },
      [],
    ],
  ])("%s", async (name, files, expected) => {
    const found = importCircles(await plant(name, files));
    expect(found).toHaveLength(expected.length);
    expect(found).toMatchObject(expected);
  });
});

test("a file that cannot be parsed is an error, not a file without imports", async () => {
  const folder = await plant("broken", { "core/a.ts": "import {" });
  expect(() => importCircles(folder)).toThrow(/core\/a\.ts/);
});
