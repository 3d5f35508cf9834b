import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { parseSync } from "vite";

/** The folders in which imports must not run in circles. */
const FOLDERS = ["core", "node", "library", "schema", "edge", "origin", "models", "images", "web", "cli"];

/** Two or more files or folders, side by side in one folder, that import each other in a circle. */
export interface Circle {
  /** The folder that holds them; "" for the root. */
  readonly folder: string;
  readonly members: readonly string[];
  /** Every import from one member to another, as "from -> to". */
  readonly imports: readonly string[];
}

/** Finds every circle, from the top-level folders down to single files. @throws SyntaxError for a file that cannot be parsed */
export function importCircles(root: string, folders: readonly string[] = FOLDERS): Circle[] {
  const patterns = folders.map((folder) => `${folder}/**/*.{ts,tsx}`);
  const exclude = (path: string): boolean => /(^|\/)(node_modules|dist|authoring)$/.test(path);
  const files = new Set(globSync(patterns, { cwd: root, exclude }).map((file) => file.replaceAll("\\", "/")));
  const levels = new Map<string, Map<string, Map<string, string[]>>>();
  for (const from of files) {
    for (const to of importsOf(root, from).filter((file) => files.has(file))) {
      const [source, target] = [from.split("/"), to.split("/")];
      const depth = source.findIndex((part, index) => part !== target[index]);
      if (depth < 0) continue;
      const level = entry(levels, source.slice(0, depth).join("/"), () => new Map<string, Map<string, string[]>>());
      const targets = entry(level, source[depth]!, () => new Map<string, string[]>());
      entry(targets, target[depth]!, () => []).push(`${from} -> ${to}`);
    }
  }
  return [...levels].flatMap(([folder, graph]) =>
    circlesOf(graph).map((members) => ({
      folder,
      members,
      imports: members.flatMap((from) => members.flatMap((to) => graph.get(from)?.get(to) ?? [])),
    })),
  );
}

/** The files that a file names in an import, an export from elsewhere, or an `import()` of a value or a type. */
function importsOf(root: string, file: string): string[] {
  const text = readFileSync(posix.join(root, file), "utf8");
  const { module, errors } = parseSync(file, text);
  if (errors[0]) throw new SyntaxError(`${file}: ${errors[0].message}`);
  const names = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest?.value ?? "")),
    // The parser lists no types among them.
    ...Array.from(text.matchAll(/\bimport\(\s*"([^"]+)"/g), ([, name]) => name!),
  ];
  return [...new Set(names)].flatMap((name) => {
    if (name.startsWith("#")) return name.slice(1);
    return name.startsWith(".") ? posix.join(posix.dirname(file), name) : [];
  });
}

/** Members that reach each other: each is named once, with all those that it shares a circle with. */
function circlesOf(graph: ReadonlyMap<string, ReadonlyMap<string, unknown>>): string[][] {
  const reached = new Map([...graph.keys()].map((start) => [start, reachedFrom(start, graph)]));
  const circles = [...reached].map(([name, others]) =>
    [...others].filter((other) => other === name || reached.get(other)?.has(name)).toSorted(),
  );
  return circles.filter((members, index) => members.length > 1 && members[0] === [...reached.keys()][index]);
}

function reachedFrom(start: string, graph: ReadonlyMap<string, ReadonlyMap<string, unknown>>): Set<string> {
  const reached = new Set<string>();
  const waiting = [start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const found = [...(graph.get(name)?.keys() ?? [])].filter((target) => !reached.has(target));
    for (const target of found) reached.add(target);
    waiting.push(...found);
  }
  return reached;
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
