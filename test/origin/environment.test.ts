import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Environment, parseEnvironment } from "#origin/environment.ts";
import { StartError } from "#origin/start-error.ts";

function refusal(environment: Environment): string {
  try {
    parseEnvironment(environment);
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("the origin's environment", () => {
  it("needs nothing set, and then answers everybody on this machine", () => {
    expect(parseEnvironment({})).toEqual({
      EDGE_PORT: 8787,
      HOSTS: [],
      PRODUCTION: false,
      ORIGIN_PORT: 4000,
      ORIGIN_HOST: "127.0.0.1",
      EDGE_URL: "http://127.0.0.1:8787",
      CORS_ORIGINS: [],
      PEERS: [],
      MAX_WAIT_SECONDS: 30,
      DRAIN_SECONDS: 0,
      GRACE_SECONDS: 7,
      anonymous: true,
    });
  });

  it("takes a variable that is set but empty as not set, the secret excepted", () => {
    const empty = { ORIGIN_PORT: "", ORIGIN_HOST: "", EDGE_URL: "", ORIGIN_PUBLIC: "" };
    expect(parseEnvironment(empty)).toEqual(parseEnvironment({}));
    expect(refusal({ ORIGIN_TOKEN: "" })).toMatch(/^ORIGIN_TOKEN is empty/);
  });

  it("refuses callers without the token once there is one, unless ORIGIN_PUBLIC=1", () => {
    const token = { ORIGIN_TOKEN: "s3cret" };
    expect(parseEnvironment(token)).toMatchObject({ ...token, anonymous: false });
    expect(parseEnvironment({ ...token, ORIGIN_PUBLIC: "1" })).toMatchObject({ ...token, anonymous: true });
    expect(parseEnvironment({ ...token, ORIGIN_PUBLIC: "0" })).toMatchObject({ ...token, anonymous: false });
    expect(parseEnvironment({ ORIGIN_PUBLIC: "1" })).toMatchObject({ ORIGIN_TOKEN: undefined, anonymous: true });
  });

  it("keeps the edge's URL without a slash at its end", () => {
    expect(parseEnvironment({ EDGE_URL: "https://edge.example/" }).EDGE_URL).toBe("https://edge.example");
    expect(parseEnvironment({ EDGE_URL: "http://127.0.0.1:9000/under/here/" }).EDGE_URL).toBe(
      "http://127.0.0.1:9000/under/here",
    );
  });

  it("looks for the edge at EDGE_PORT on this machine without an EDGE_URL", () => {
    expect(parseEnvironment({ EDGE_PORT: "9000" }).EDGE_URL).toBe("http://127.0.0.1:9000");
    expect(parseEnvironment({ EDGE_PORT: "0" }).EDGE_URL).toBe("http://127.0.0.1:8787");
  });

  it("takes every port there is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), (port) => {
        expect(parseEnvironment({ ORIGIN_PORT: String(port) }).ORIGIN_PORT).toBe(port);
      }),
    );
  });

  it("refuses any other value of ORIGIN_PORT, by name and value", () => {
    const notAPort = fc.oneof(
      fc.integer({ min: 65_536 }).map(String),
      fc.integer({ max: -1 }).map(String),
      fc.double({ noInteger: true, noNaN: true }).map(String),
      fc.string({ minLength: 1 }).filter((text) => !/^\d+$/.test(text)),
    );
    fc.assert(
      fc.property(notAPort, (value) => {
        expect(refusal({ ORIGIN_PORT: value })).toContain(`ORIGIN_PORT is ${JSON.stringify(value)}`);
      }),
    );
  });

  it.each([
    ["ORIGIN_HOST", { ORIGIN_HOST: "not a host" }],
    ["EDGE_URL", { EDGE_URL: "edge" }],
    ["EDGE_URL", { EDGE_URL: "ftp://edge.example" }],
    ["EDGE_URL", { EDGE_URL: "http://user:password@edge.example" }],
    ["ORIGIN_TOKEN", { ORIGIN_TOKEN: "two words" }],
    ["ORIGIN_TOKEN", { ORIGIN_TOKEN: "schlüssel" }],
    ["ORIGIN_PUBLIC", { ORIGIN_PUBLIC: "yes", ORIGIN_TOKEN: "s3cret" }],
    ["ORIGIN_PUBLIC", { ORIGIN_PUBLIC: "0" }],
  ])("names %s when it is %o", (name, environment) => {
    expect(refusal(environment)).toMatch(new RegExp(`^${name}\\b`));
  });

  it("never repeats a secret that it refuses", () => {
    expect(refusal({ ORIGIN_TOKEN: "hunter2 hunter2" })).not.toContain("hunter2");
  });
});
