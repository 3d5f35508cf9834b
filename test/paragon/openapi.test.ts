import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROUTES } from "#schema/rest/routes.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { call, post } from "./face.ts";

/* /openapi.json is a valid description, and of what the face really answers; /docs shows it without any other host. */

interface Description {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}

let stack: RunningStack;
let description: Description;
beforeAll(async () => {
  stack = await startStack({ env: { ...NO_VULKAN, PARAGON_GPU: "CPU" } });
  description = (await call(`${stack.edgeUrl}/openapi.json`)).body;
});
afterAll(() => stack?.stop());

const DRAWING = join(import.meta.dirname, "..", "..", "images", "7.png");

/** The schema of one answer, in which a field that the description does not name is an error. */
function schemaOf(path: string, method: string, status: number): object {
  const answer = description.paths[path]?.[method]?.responses[status] as
    | { content?: Record<string, { schema: object }> }
    | undefined;
  const schema = answer?.content?.["application/json"]?.schema;
  if (!schema) throw new Error(`${method} ${path} does not describe ${status}`);
  const schemas = Object.fromEntries(
    Object.entries(description.components.schemas).map(([name, each]) => [name, closed(each)]),
  );
  return { ...schema, components: { schemas } };
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in inner ? { ...inner, additionalProperties: false } : inner;
}

function expectDescribed(path: string, method: string, { status, body }: { status: number; body: unknown }): void {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    keywords: ["components"],
    formats: { "date-time": true },
  });
  const validate = ajv.compile(schemaOf(path, method, status));
  validate(body);
  expect(validate.errors, JSON.stringify(body)).toBeNull();
}

it("is a valid OpenAPI 3.1 description, the same on both sides", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...structuredClone(description) });
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe("3.1");
  expect((await call(`${stack.originUrl}/openapi.json`)).body).toEqual(description);
});

const ASKED: readonly (readonly [path: string, asked: string, status: number])[] = [
  ["/", "/", 200],
  ["/health", "/health", 200],
  ["/images/list", "/images/list", 200],
  ["/predict", "/predict?image=7.png", 200],
  ["/predict", "/predict?image=nope", 404],
  ["/predict", "/predict", 422],
  ["/predict-raw", "/predict-raw?image=7.png", 200],
  ["/predict-raw", "/predict-raw?image=nope", 404],
  ["/predict-raw", "/predict-raw?backend=x", 422],
  ["/parity", "/parity", 200],
  ["/parity", "/parity?gpu=CUDA", 200],
  ["/parity", "/parity?images=nope&images=7.png", 200],
  ["/parity", "/parity?gpu=nope", 422],
  ["/static/images/{file}", "/static/images/nope.png", 404],
  ["/history", "/history", 410],
  ["/all", "/all", 410],
];

describe.each(["edge", "origin"] as const)("what the %s answers is what is described", (side) => {
  const url = (path: string): string => `${side === "edge" ? stack.edgeUrl : stack.originUrl}${path}`;

  it.each(ASKED)("GET %s: %s is %i", async (path, asked, status) => {
    const got = await call(url(asked));
    expect(got.status).toBe(status);
    expectDescribed(path, "get", got);
  });

  it("POST /predict, in both services' forms", async () => {
    const drawing = (await readFile(DRAWING)).toString("base64");
    const bodies = [{ image: "7.png" }, { image: "nope" }, {}, { image_data: drawing }, { image_data: "%" }];
    const answers = await Promise.all(bodies.map((body) => post(url("/predict"), body)));
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 422, 200, 422]);
    for (const got of answers) expectDescribed("/predict", "post", got);
  });

  it("DELETE /delete", async () => {
    expectDescribed("/delete", "delete", await call(url("/delete"), { method: "DELETE" }));
  });
});

it("every route but the description itself is described, and every described GET is asked here", () => {
  const DESCRIBING = ["/docs", "/openapi.json"];
  const described = Object.keys(description.paths);
  expect([...ROUTES.keys()].filter((path) => !described.includes(path))).toEqual(DESCRIBING);
  const gets = described.filter((path) => "get" in description.paths[path]!);
  expect(gets.filter((path) => !ASKED.some(([asked]) => asked === path))).toEqual([]);
});

it("every described path is answered by the described methods", async () => {
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const method of Object.keys(operations)) {
      const asked = path.replace("{file}", "7.png");
      const { status } = await fetch(`${stack.edgeUrl}${asked}`, { method: method.toUpperCase() });
      expect([path, method, Object.keys(operations[method]!.responses)]).toEqual([
        path,
        method,
        expect.arrayContaining([String(status)]),
      ]);
    }
  }
});

it("a key that is not described would be noticed", () => {
  const health = { ok: true, gpu_available: false, gpu_backend: "CPU" };
  expectDescribed("/health", "get", { status: 200, body: health });
  expect(() => expectDescribed("/health", "get", { status: 200, body: { ...health, more: 1 } })).toThrow(/more/);
});

describe("/docs", () => {
  it("the paths that it offers to try all answer", async () => {
    const html = await (await fetch(`${stack.edgeUrl}/docs`)).text();
    const paths = [...html.matchAll(/Try <a href="([^"]+)">/g)].map(([, path]) => path!.replaceAll("&amp;", "&"));
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) {
      for (const root of [stack.edgeUrl, stack.originUrl]) {
        expect([path, (await fetch(`${root}${path}`)).status]).toEqual([path, 200]);
      }
    }
  });

  it("shows every path and loads nothing from anywhere", async () => {
    for (const root of [stack.edgeUrl, stack.originUrl]) {
      const response = await fetch(`${root}/docs`);
      const html = await response.text();
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(response.headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; style-src 'unsafe-inline';/,
      );
      for (const path of Object.keys(description.paths)) expect(html).toContain(`${path}</code>`);
      expect(html).not.toMatch(/<script|<link|<img|https?:/);
      expect(html).toContain('href="/openapi.json"');
    }
  });
});
