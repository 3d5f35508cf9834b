import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/client-preset";
import { createClient } from "graphql-sse";
import { buildSchema, parse, validate } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printedSchema } from "#schema/print.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* Clients that people use, against the schema that each side serves: the examples of docs/graphql.md, as they stand. */

const ROOT = join(import.meta.dirname, "..", "..");
const EDGE = "http://localhost:8787";
const page = await readFile(join(ROOT, "docs", "graphql.md"), "utf8");

let stack: SharedStack;
let folder: string;
beforeAll(async () => {
  stack = await sharedStack();
  // Inside the project, so that its packages are found.
  await mkdir(join(ROOT, ".isobit"), { recursive: true });
  folder = await mkdtemp(join(ROOT, ".isobit", "clients-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The first block of code below a heading. */
function blockBelow(heading: string, language: string): string {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const block = section.split(`\`\`\`${language}\n`)[1]?.split("\n```")[0];
  if (block === undefined) throw new Error(`docs/graphql.md has no ${language} block below ${heading}`);
  return block;
}

async function run(command: string, args: readonly string[]): Promise<string> {
  return await promisify(execFile)(command, args, { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string; readonly stderr: string }) => error.stdout + error.stderr,
  );
}

describe.each(["edge", "origin"] as const)("at the %s", (side) => {
  const url = (): string => (side === "edge" ? stack.edgeUrl : stack.originUrl);
  const runBlock = async (heading: string, flags: readonly string[] = []): Promise<string> => {
    const file = join(folder, `${side}-${heading}.mjs`);
    await writeFile(file, blockBelow(heading, "js").replaceAll(EDGE, url()));
    return await run(process.execPath, [...flags, file]);
  };
  const PROGRESS = /^0 of 10: INCOMPLETE\n5 of 10: IDENTICAL\n10 of 10: IDENTICAL\n$/;

  it("curl", async () => {
    const answer = await run("sh", ["-c", blockBelow("Ask with curl", "sh").replaceAll(EDGE, url())]);
    expect(JSON.parse(answer)).toEqual({
      data: { parity: { verdict: "IDENTICAL", pairs: [{ other: "WASM", maxUlp: 0, worstImage: null }] } },
    });
  });

  it("urql", async () => {
    expect(await runBlock("urql")).toBe("IDENTICAL\n");
  });

  it("EventSource", async () => {
    expect(await runBlock("EventSource", ["--experimental-eventsource", "--no-warnings"])).toMatch(PROGRESS);
  });

  it("graphql-sse", async () => {
    expect(await runBlock("graphql-sse")).toMatch(PROGRESS);
  });

  it("graphql-sse gets a refusal as an error with its code", async () => {
    const client = createClient({ url: `${url()}/graphql`, retryAttempts: 0 });
    const refused = async (): Promise<unknown> => {
      for await (const { errors } of client.iterate({ query: "subscription { sweep(batch: 0) { done } }" })) {
        return errors?.[0]?.extensions?.["code"];
      }
      return "nothing";
    };
    await expect(refused()).resolves.toBe("BAD_INPUT");
  });

  it("graphql-codegen makes types from the served SDL that a compiler accepts", async () => {
    const sdl = await (await fetch(`${url()}/schema.graphql`)).text();
    const file = join(folder, `${side}-codegen.ts`);
    await writeFile(file, blockBelow("graphql-codegen", "ts"));
    const { default: configuration } = (await import(file)) as {
      default: { schema: string; generates: Record<string, { preset: string; config: Record<string, unknown> }> };
    };
    const [target] = Object.values(configuration.generates);
    expect([configuration.schema, target?.preset]).toEqual([`${EDGE}/schema.graphql`, "client"]);
    const texts = ["Read long lists", "Name your own inputs"].map((heading) => blockBelow(heading, "graphql"));
    const baseOutputDir = join(folder, `${side}-gql/`);
    const files = await preset.buildGeneratesSection({
      baseOutputDir,
      schema: parse(sdl),
      schemaAst: buildSchema(sdl),
      documents: texts.map((text) => ({ location: "query.ts", document: parse(text), rawSDL: text })),
      config: target!.config,
      presetConfig: { fragmentMasking: false },
      plugins: [],
      pluginMap: {},
    });
    await mkdir(baseOutputDir);
    for (const each of files) await writeFile(each.filename, await codegen(each));
    await writeFile(join(baseOutputDir, "use.ts"), USE);
    await writeFile(join(baseOutputDir, "tsconfig.json"), TSCONFIG);
    const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
    expect(await run(process.execPath, [tsc, "-p", baseOutputDir, "--pretty", "false"])).toBe("");
  });
});

it("the page's queries are valid, with the variables that it shows", () => {
  const schema = buildSchema(printedSchema());
  const queries = [...page.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text]) => text!);
  expect(queries.length).toBeGreaterThan(1);
  for (const query of queries) expect(validate(schema, parse(query))).toEqual([]);
});

/** A field has its exact type, and an enum refuses what it does not list. */
const USE = `
import type { DriftingQuery, KeyedInput, Verdict } from "./graphql.ts";

export const ulpsOf = ({ parity }: DriftingQuery): (number | null | undefined)[] =>
  parity.rowsConnection.edges.flatMap(({ node }) => node.pairs.map(({ maxUlp }) => maxUlp));
export const cursorOf = ({ parity }: DriftingQuery): string | null | undefined => parity.rowsConnection.pageInfo.endCursor;
export const input: KeyedInput = { key: "mine", input: { pixels: "AAAA" } };
export const verdict: Verdict = "DRIFT";
// @ts-expect-error
export const unknown: Verdict = "MAYBE";
// @ts-expect-error
export const missing = ({ parity }: DriftingQuery) => parity.verdict;
`;
const TSCONFIG = JSON.stringify({
  compilerOptions: {
    module: "nodenext",
    target: "es2023",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    allowImportingTsExtensions: true,
  },
  files: ["use.ts"],
});
