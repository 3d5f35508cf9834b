import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { call, post } from "./face.ts";

/* The origin's REST face keeps to the rules of its /graphql: a token, where strangers are not answered. */

const TOKEN = "correct-horse";
const PATHS = ["/", "/health", "/images/list", "/predict?image=7.png&backend=cpu", "/parity", "/history", "/docs"];

let origin: RunningOrigin;
beforeAll(async () => {
  origin = await startOrigin({ env: { ...NO_VULKAN, ORIGIN_TOKEN: TOKEN, ORIGIN_PUBLIC: "0" } });
});
afterAll(() => origin?.stop());

describe("an origin that is not public", () => {
  it.each([...PATHS, "/static/images/7.png"])("refuses a caller without the token at %s", async (path) => {
    const { status, body, headers } = await call(`${origin.url}${path}`);
    expect(status).toBe(401);
    expect(Object.keys(body)).toEqual(["detail"]);
    expect(body.detail).toMatch(/ORIGIN_PUBLIC=1/);
    expect(headers.get("www-authenticate")).toBe("Bearer");
  });

  it("refuses a wrong token, and a drawing without the token", async () => {
    const wrong = await call(`${origin.url}/health`, { headers: { authorization: "Bearer wrong" } });
    expect(wrong.status).toBe(401);
    expect((await post(`${origin.url}/predict`, { image: "7.png", backend: "cpu" })).status).toBe(401);
  });

  it("answers the right one", async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { status, body } = await call(`${origin.url}/predict?image=7.png&backend=cpu`, { headers });
    expect([status, body.prediction]).toEqual([200, 7]);
    expect((await fetch(`${origin.url}/static/images/7.png`, { headers })).status).toBe(200);
  });

  it("answers a browser's preflight, which has no token", async () => {
    const headers = { origin: "https://elsewhere.example", "access-control-request-method": "GET" };
    const response = await fetch(`${origin.url}/predict`, { method: "OPTIONS", headers });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-headers")).toContain("authorization");
  });
});
