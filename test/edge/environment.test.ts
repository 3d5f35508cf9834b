import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEnvironment } from "#edge/environment.ts";

describe("the edge's environment", () => {
  it("has a default for everything; unset, null and empty are the same", () => {
    const defaults = {
      ORIGIN_URL: "http://127.0.0.1:4000",
      ORIGIN_PORT: 4000,
      EDGE_PORT: 8787,
      HOSTS: [],
      PRODUCTION: false,
      CORS_ORIGINS: [],
      PEERS: [],
      MAX_WAIT_SECONDS: 30,
    };
    expect(parseEnvironment({})).toEqual(defaults);
    expect(parseEnvironment({ ORIGIN_URL: null, ORIGIN_TOKEN: null, EDGE_PORT: null })).toEqual(defaults);
    expect(parseEnvironment({ ORIGIN_URL: "", ORIGIN_TOKEN: "", EDGE_PORT: "" })).toEqual(defaults);
  });

  it("takes every port and refuses every other number", () => {
    fc.assert(
      fc.property(fc.integer({ min: -70_000, max: 200_000 }), (port) => {
        const parse = (): number => parseEnvironment({ EDGE_PORT: String(port) }).EDGE_PORT;
        if (port >= 0 && port <= 65_535) expect(parse()).toBe(port);
        else expect(parse).toThrow(`EDGE_PORT is "${port}"`);
      }),
    );
  });

  it("takes every token that a header carries as it is, and never shows one that it refuses", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (token) => {
        const parse = (): string | undefined => parseEnvironment({ ORIGIN_TOKEN: token }).ORIGIN_TOKEN;
        if ([...token].every((character) => character > " " && character <= "~")) expect(parse()).toBe(token);
        else
          expect(parse).toThrow(
            /^ORIGIN_TOKEN may only contain printable ASCII characters without spaces, because it is sent in an HTTP header\.$/,
          );
      }),
    );
  });

  it("looks for the origin at ORIGIN_PORT on this machine without an ORIGIN_URL", () => {
    expect(parseEnvironment({ ORIGIN_PORT: "9000" }).ORIGIN_URL).toBe("http://127.0.0.1:9000");
    expect(parseEnvironment({ ORIGIN_PORT: "9000", ORIGIN_URL: "https://a.example" }).ORIGIN_URL).toBe(
      "https://a.example",
    );
    expect(parseEnvironment({ ORIGIN_PORT: "0" }).ORIGIN_URL).toBe("http://127.0.0.1:4000");
    expect(() => parseEnvironment({ ORIGIN_PORT: "eighty" })).toThrow('ORIGIN_PORT is "eighty"');
  });

  it.each([
    ["http://127.0.0.1:4000/", "http://127.0.0.1:4000"],
    ["https://origin.example.com", "https://origin.example.com"],
    ["https://example.com/isobit//", "https://example.com/isobit"],
    ["http://[::1]:4000", "http://[::1]:4000"],
  ])("reads ORIGIN_URL %s as %s", (given, expected) => {
    expect(parseEnvironment({ ORIGIN_URL: given }).ORIGIN_URL).toBe(expected);
  });

  it.each([
    "localhost:4000",
    "origin",
    "ftp://a/b",
    "http://a/?x=1",
    "http://a/#x",
    "http://u@a/",
    "http://:p@a/",
    "//a",
  ])("refuses ORIGIN_URL %s", (given) => {
    expect(() => parseEnvironment({ ORIGIN_URL: given })).toThrow(/^ORIGIN_URL /);
  });

  it.each<[string, readonly string[]]>([
    ["https://app.example.com", ["https://app.example.com"]],
    ["https://a.example, http://localhost:3000 ", ["https://a.example", "http://localhost:3000"]],
    ["*", ["*"]],
  ])("reads CORS_ORIGINS %s", (given, expected) => {
    expect(parseEnvironment({ CORS_ORIGINS: given }).CORS_ORIGINS).toEqual(expected);
  });

  it.each([
    "app.example.com",
    "https://a.example/",
    "https://a.example/path",
    "https://A.example",
    "https://a.example,",
    "null",
  ])("refuses CORS_ORIGINS %s, which no browser sends", (given) => {
    expect(() => parseEnvironment({ CORS_ORIGINS: given })).toThrow(/^CORS_ORIGINS names ".*", which is not an origin/);
  });

  it("refuses a binding that is not text", () => {
    expect(() => parseEnvironment({ ORIGIN_URL: {} })).toThrow("ORIGIN_URL must be text");
  });
});
