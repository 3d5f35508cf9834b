import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { productionSides } from "#library/stack/side-commands.ts";
import { checkVariables, edgeUrlOf, originUrlOf, settingsFrom } from "#library/stack/stack-settings.ts";

describe("what the two sides are started with", () => {
  test("by default: the usual ports, each other's address, and an origin that answers everybody", async () => {
    const settings = await settingsFrom({ PATH: "/bin", MODEL_JSON: "/a/model.json" });
    expect(settings).toMatchObject({ edgeUrl: "http://localhost:8787", originUrl: "http://localhost:4000" });
    const both = {
      PATH: "/bin",
      MODEL_JSON: "/a/model.json",
      EDGE_PORT: "8787",
      ORIGIN_PORT: "4000",
      EDGE_URL: "http://127.0.0.1:8787",
      ORIGIN_URL: "http://127.0.0.1:4000",
      ORIGIN_PUBLIC: "1",
      ORIGIN_TOKEN: settings.token,
    };
    const { edge, origin } = productionSides(settings);
    expect([edge.env, origin.env]).toEqual([both, both]);
  });

  test("each start has a new token of 24 random bytes, unless one is given", async () => {
    const tokens = await Promise.all([settingsFrom({}), settingsFrom({})]);
    expect(tokens[0].token).not.toBe(tokens[1].token);
    expect(Buffer.from(tokens[0].token, "base64url")).toHaveLength(24);
    expect((await settingsFrom({ ORIGIN_TOKEN: "mine" })).token).toBe("mine");
  });

  test("the address of another stack in the environment does not mislead the sides", async () => {
    const { env } = await settingsFrom({
      EDGE_URL: "http://elsewhere",
      ORIGIN_URL: "http://elsewhere",
      EDGE_PORT: "9001",
    });
    expect(env).toMatchObject({ EDGE_URL: "http://127.0.0.1:9001", ORIGIN_URL: "http://127.0.0.1:4000" });
  });

  test("a model's relative path starts at the caller's folder, not at the sides' folder", async () => {
    const { env } = await settingsFrom({ MODEL: "mine.onnx" });
    expect(env["MODEL"]).toBe(join(process.cwd(), "mine.onnx"));
    expect(Object.keys((await settingsFrom({ MODEL: " " })).env)).not.toContain("MODEL_JSON");
  });

  test("port 0 means a free one, and another one for each side", async () => {
    const { edgePort, originPort, env } = await settingsFrom({ EDGE_PORT: "0", ORIGIN_PORT: "0" });
    expect(edgePort).toBeGreaterThan(0);
    expect(originPort).not.toBe(edgePort);
    expect(env).toMatchObject({ EDGE_PORT: String(edgePort), ORIGIN_PORT: String(originPort) });
  });

  test.each(["65536", "-1", "80.5", "http", "8787 ", "1e3"])(
    "the port %j is refused by the variable's name",
    async (port) => {
      await expect(settingsFrom({ EDGE_PORT: port })).rejects.toMatchObject({
        code: "BAD_OPTION",
        message: expect.stringMatching(/^EDGE_PORT is ".*"; it must be a port number/),
      });
    },
  );

  test.each([
    ["0.0.0.0", "http://127.0.0.1:4000"],
    ["::", "http://127.0.0.1:4000"],
    ["192.0.2.7", "http://192.0.2.7:4000"],
    ["2001:db8::7", "http://[2001:db8::7]:4000"],
  ])("an origin that listens on %s is reached at %s", async (host, url) => {
    expect((await settingsFrom({ ORIGIN_HOST: host })).env["ORIGIN_URL"]).toBe(url);
  });
});

test("a command finds the stack that isobit start runs with the same environment; none with any free port", () => {
  expect([edgeUrlOf({}), originUrlOf({})]).toEqual(["http://localhost:8787", "http://localhost:4000"]);
  expect(edgeUrlOf({ EDGE_PORT: "9001" })).toBe("http://localhost:9001");
  expect(originUrlOf({ ORIGIN_PORT: "9002", ORIGIN_HOST: "::1" })).toBe("http://[::1]:9002");
  expect([edgeUrlOf({ EDGE_PORT: "0" }), originUrlOf({ ORIGIN_PORT: "0" })]).toEqual([null, null]);
});

test.each([
  ["EDGE_PORT", "http"],
  ["ORIGIN_PORT", "65536"],
  ["WEB_PORT", "1e3"],
  ["ORIGIN_URL", "localhost:4000"],
  ["EDGE_URL", "ftp://elsewhere"],
  ["ORIGIN_TOKEN", "two words"],
  ["ORIGIN_PUBLIC", "maybe"],
  ["ORIGIN_HOST", "http://0.0.0.0"],
  ["PEERS", "go"],
  ["PARAGON_GPU", "GPU"],
])("%s=%s is refused by name before anything is started", (name, value) => {
  expect(() => checkVariables({ [name]: value })).toThrow(
    expect.objectContaining({ code: "BAD_OPTION", message: expect.stringContaining(name) }),
  );
});
