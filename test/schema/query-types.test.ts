import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Not one of them may be mistaken. */
const RIGHT = `
import type { BackendId, Side } from "#core/backends.ts";
import type { BackendStatus as CoreStatus } from "#core/backends/backend.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import type { TraceResult } from "#core/trace/result.ts";
import type { VariablesOf } from "gql.tada";
import { graphql, type ResultOf } from "../../web/graphql.ts";
import type { BackendStatus, Report } from "../../web/queries.ts";
import type { Trace } from "../../web/trace/trace-query.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const LOGITS = graphql(\`
  query Logits($input: ImageInput!, $backend: Backend, $tolerance: ToleranceInput) {
    rawLogits(input: $input) { ...bits }
    parity(reference: $backend, tolerance: $tolerance) { total }
  }
  fragment bits on Logits { bits values latencyMs }
\`);
export const enums: [
  Same<BackendStatus["backend"], BackendId>,
  Same<BackendStatus["side"], Side>,
  Same<Report["verdict"], Verdict>,
  Same<Trace["outcome"], TraceResult["outcome"]>,
] = [true, true, true, true];
export const status = (of: CoreStatus): BackendStatus => of;
export const logits: Same<
  ResultOf<typeof LOGITS>["rawLogits"],
  { readonly bits: string; readonly values: readonly (number | null)[]; readonly latencyMs: number | null }
> = true;
export const asked: VariablesOf<typeof LOGITS>[] = [
  { input: { image: "7" } },
  { input: { pixels: "AAAA" }, backend: "CPU", tolerance: { ulp: 1, abs: undefined } },
  { input: { tensor: "AAAA" }, backend: null, tolerance: null },
];
`;

const USE = `
import { useQuery } from "urql";
import { PARITY, type Report } from "../../web/queries.ts";
import { TRACE } from "../../web/trace/trace-query.ts";
`;
const ASK = `
import { ask, askFor } from "../../library/stack/ask.ts";
import { graphql } from "../../library/stack/graphql.ts";
const { signal } = new AbortController();
const PREDICT = graphql(\`query ($input: ImageInput!) { predict(input: $input) { label latencyMs } }\`);
`;
const QUERY = `import { graphql } from "../../web/graphql.ts";\n`;

/** What is mistaken, the source with the mistake, and a part of what tsc must say. */
const WRONG: readonly (readonly [name: string, code: string, said: string])[] = [
  ["a field that does not exist", `${QUERY}export const Q = graphql(\`{ models { id sha257 } }\`);`, "models.sha257"],
  [
    "a field of a fragment that does not exist",
    `${QUERY}export const Q = graphql(\`{ models { ...m } } fragment m on Model { preprocess { gamma } }\`);`,
    "models.preprocess.gamma",
  ],
  ["an object without its fields", `${QUERY}export const Q = graphql(\`{ health }\`);`, "no health"],
  ["text that is not GraphQL", `${QUERY}export const Q = graphql(\`{ health { version }\`);`, "This is not GraphQL"],
  [
    "a text put together at run time",
    `${QUERY}export const Q = (name: string) => graphql(\`{ models { \${name} } }\`);`,
    "not one literal text",
  ],
  [
    "a variable of a wrong type",
    `${USE}export const q = () => useQuery({ query: PARITY, variables: { model: 7 } });`,
    "'number' is not assignable to type 'string'",
  ],
  [
    "a backend that there is not",
    `${USE}export const q = () => useQuery({ query: TRACE, variables: { input: { image: "7" }, reference: "TPU", backend: "CPU" } });`,
    `'"TPU"' is not assignable`,
  ],
  [
    "a variable that is missing",
    `${USE}export const q = () => useQuery({ query: TRACE, variables: { reference: "CPU", backend: "WASM" } });`,
    "'input' is missing",
  ],
  [
    "null taken for a number",
    `${USE}export const ulp = ({ pairs }: Report): number | undefined => pairs[0]?.maxUlp;`,
    "'null' is not assignable to type 'number | undefined'",
  ],
  [
    "a field that was not asked for",
    `${USE}export const answer = ({ rows }: Report) => rows[0]?.inputSha256;`,
    "'inputSha256' does not exist",
  ],
  [
    "a change of an answer",
    `${USE}export const change = (report: Report) => report.rows.pop();`,
    "'pop' does not exist on type 'readonly",
  ],
  [
    "a field that does not exist, in a query of the command",
    `${ASK}export const q = [signal, ask, askFor, PREDICT, graphql(\`{ models { sha257 } }\`)];`,
    "models.sha257",
  ],
  [
    "a variable of a wrong type, sent by the command",
    `${ASK}export const q = () => [ask, askFor("", "predict", { query: PREDICT, variables: { input: { image: 7 } } }, signal)];`,
    "'number' is not assignable to type 'string'",
  ],
  [
    "an answer's field that the command did not ask for",
    `${ASK}export const q = async () => [ask, (await askFor("", "models", { query: PREDICT, variables: { input: { image: "7" } } }, signal))];`,
    `'"models"' is not assignable to parameter of type '"predict"'`,
  ],
  [
    "a question of the link without what it asks",
    `import type { Ask } from "../../schema/link/call.ts";
export const q = (ask: Ask) => ask("decode", {}, 1);`,
    "'modelSha256' is missing",
  ],
];

let folder: string;
let said: readonly string[];

beforeAll(async () => {
  // Inside the project, so that its packages and import names are found as from web/.
  await mkdir(join(ROOT, ".isobit"), { recursive: true });
  folder = await mkdtemp(join(ROOT, ".isobit", "query-types-"));
  const files = [RIGHT, ...WRONG.map(([, code]) => code)];
  await Promise.all(files.map((code, index) => writeFile(join(folder, fileName(index)), code)));
  const compilerOptions = {
    composite: false,
    declarationMap: false,
    emitDeclarationOnly: false,
    noEmit: true,
    noUnusedLocals: false,
  };
  const config = { extends: "../../web/tsconfig.json", compilerOptions, include: ["*.ts"] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  said = await tsc(join(folder, "tsconfig.json"));
});

afterAll(() => rm(folder, { recursive: true }));

describe("a query's types, as tsc checks them", () => {
  it("are those of the schema: core's enums, exact nulls, strings for bytes", () => {
    expect(said.filter((line) => line.includes(fileName(0)))).toEqual([]);
  });

  it.each(WRONG.map(([name, , part], index) => [name, part, fileName(index + 1)] as const))(
    "%s is an error",
    (_name, part, file) => {
      const errors = said.filter((line) => line.includes(file));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toContain(part);
    },
  );
});

function fileName(index: number): string {
  return `case-${String(index).padStart(2, "0")}.ts`;
}

/** Its errors, each with the lines that explain it. */
function tsc(project: string): Promise<string[]> {
  const command = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [command, "-p", project, "--pretty", "false"], { cwd: ROOT }, (_error, stdout) =>
      resolve(stdout.trim().split(/\n(?! )/)),
    );
  });
}
