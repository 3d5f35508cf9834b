import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { reportJson } from "#cli/report/formats/json.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { reportJsonSchema } from "#library/report/json-schema.ts";
import { aReport, aTrace } from "../support/reports.ts";
import { drifting, everything, incomplete, lonely, nasty } from "./sample-reports.ts";

let isValid: (report: unknown) => boolean;

beforeAll(async () => {
  const schema = JSON.parse(await readFile("docs/parity_report.schema.json", "utf8")) as object;
  // As strict as possible; a format is only a note for readers, since its pattern is checked.
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "date-time": true } });
  isValid = ajv.compile(schema);
});

test("docs/parity_report.schema.json is current", async () => {
  // To renew it: npm run print:report
  const committed = JSON.parse(await readFile("docs/parity_report.schema.json", "utf8")) as unknown;
  expect(committed).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())));
});

test("every field and every shared part has a description", () => {
  interface Described {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, Described>>;
    readonly $defs?: Readonly<Record<string, Described>>;
  }
  /** Paths without a description. A reference needs its own only if its target has none. */
  function undescribed(schema: unknown, path: string, targets: Described["$defs"] = {}): string[] {
    if (schema === null || typeof schema !== "object") return [];
    const { properties = {}, $defs = {} } = schema as Described;
    const named = Object.entries({ ...properties, ...$defs }).flatMap(([name, field]) => {
      const target = targets[String((field as { $ref?: string }).$ref).replace("#/$defs/", "")];
      return (field.description ?? target?.description ?? "") === "" ? [`${path}.${name}`] : [];
    });
    return [
      ...named,
      ...Object.entries(schema).flatMap(([key, inner]) => undescribed(inner, `${path}.${key}`, targets)),
    ];
  }
  const schema = reportJsonSchema() as Described;
  expect(Object.keys(schema.$defs ?? {}).length).toBeGreaterThan(10);
  expect(undescribed(schema, "", schema.$defs)).toEqual([]);
  expect(undescribed({ properties: { bare: { type: "string" } } }, "")).toEqual([".bare"]);
});

test.each<[string, RunReport]>([
  ["equal bits", aReport()],
  ["drift", drifting()],
  ["missing answers", incomplete()],
  ["one source", lonely()],
  ["one of everything", everything()],
  ["names from elsewhere", nasty()],
])("a report of %s is valid", (_name, report) => {
  expect(isValid(JSON.parse(reportJson(report)))).toBe(true);
});

test("numbers that JSON cannot represent are null, and still valid", () => {
  const wrong = { side: "other", elements: 1, index: 0, value: NaN, exact: Infinity, bound: 1 } as const;
  const trace = aTrace();
  const nodes = trace.nodes.map((node) =>
    node.explanation ? { ...node, explanation: { ...node.explanation, wrong: [wrong] } } : node,
  );
  const written = JSON.parse(reportJson(aReport({ traces: [{ ...trace, nodes }] }))) as RunReport;
  expect(isValid(written)).toBe(true);
  expect(written.traces[0]?.nodes[1]?.explanation?.wrong[0]).toMatchObject({ value: null, exact: null, bound: 1 });
});

describe("an invalid report is refused", () => {
  /** Every place in a value, as a path. */
  function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
    if (value === null || typeof value !== "object") return [];
    return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])]);
  }

  const whole = JSON.parse(reportJson(everything())) as object;
  const paths = pathsIn(whole);

  function changed(path: readonly string[], change: (holder: Record<string, unknown>, key: string) => void): unknown {
    const copy = structuredClone(whole);
    let holder = copy as Record<string, unknown>;
    for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
    change(holder, path.at(-1)!);
    return copy;
  }

  /** Lists may be shorter, and these objects have keys of the user's own. */
  const FREE = /^(settings\.options|settings\.outputTolerances|settings\.tolerance)(\.|$)/;

  test("with any field missing", () => {
    const fields = paths.filter((path) => Number.isNaN(Number(path.at(-1))) && !FREE.test(path.join(".")));
    fc.assert(
      fc.property(fc.constantFrom(...fields), (path) => {
        expect(isValid(changed(path, (holder, key) => delete holder[key]))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("with any value of another type", () => {
    const values = paths.filter((path) => !path.join(".").startsWith("settings.options"));
    fc.assert(
      fc.property(fc.constantFrom(...values), (path) => {
        expect(isValid(changed(path, (holder, key) => (holder[key] = { unknown: true })))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("with an unknown key", () => {
    expect(isValid({ ...whole, more: 1 })).toBe(false);
  });
});
