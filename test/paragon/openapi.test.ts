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
  readonly info: object;
  readonly servers: readonly object[];
  readonly security: readonly object[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, Record<string, unknown>>;
    readonly securitySchemes: object;
  };
}

interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly responses: Record<string, unknown>;
}

let stack: RunningStack;
let description: Description;
beforeAll(async () => {
  stack = await startStack({ env: { ...NO_VULKAN, PARAGON_GPU: "CPU" } });
  description = (await call(`${stack.edgeUrl}/openapi.json`)).body;
});
afterAll(() => stack?.stop());

const DRAWING = join(import.meta.dirname, "..", "..", "images", "7.png");

/** The schema of one answer, in which a key that the description does not name is an error. */
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

it("has what redocly's and spectral's default rules want of each operation and of the whole", () => {
  const { info, servers, security, tags, components } = description;
  expect(info).toMatchObject({ license: { identifier: "Apache-2.0" }, contact: { name: "isobit" } });
  expect([servers.length, security.length]).toEqual([1, 2]);
  expect(Object.keys(components.securitySchemes)).toEqual(Object.keys(Object.assign({}, ...security)));
  const operations = Object.values(description.paths).flatMap((path) => Object.values(path));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const operation of operations) {
    expect(operation.description).toMatch(/\.$/);
    expect(tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...operation.tags]));
    expect(operation.tags).toHaveLength(1);
    const statuses = Object.keys(operation.responses);
    for (const kind of [/^2/, /^401$/, /^414$/, /^431$/]) expect(statuses).toContainEqual(expect.stringMatching(kind));
  }
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
});

it("every route is described but the description itself and what is gone, and every described GET is asked here", () => {
  const DESCRIBING = ["/docs", "/openapi.json", "/history", "/all", "/delete"];
  const described = Object.keys(description.paths);
  expect([...ROUTES.keys()].filter((path) => !described.includes(path))).toEqual(DESCRIBING);
  const gets = described.filter((path) => "get" in description.paths[path]!);
  expect(gets.filter((path) => !ASKED.some(([asked]) => asked === path))).toEqual([]);
});

it("removed routes return an error that says so", async () => {
  for (const [method, path] of [
    ["GET", "/history"],
    ["GET", "/all"],
    ["DELETE", "/delete"],
  ] as const) {
    const { status, body } = await call(`${stack.edgeUrl}${path}`, { method });
    expect([status, body.detail]).toEqual([410, expect.stringContaining("browser")]);
  }
});

it("a URL that is too long is refused as described", async () => {
  const asked = (side: string, length: number): Promise<Response> =>
    fetch(`${side}/predict?image=${"a".repeat(length)}`);
  expect((await asked(stack.edgeUrl, 66_000)).status).toBe(414);
  expect((await asked(stack.originUrl, 90_000)).status).toBe(431);
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
