import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";

const TOKEN = "correct-horse";

async function ask(origin: RunningOrigin, query: string, token?: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${origin.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, body: await response.text() };
}

const OPEN_FIELD = "{ images { id } }";
const SIDE_FIELD = "{ held { statuses { backend } } }";

describe.each([
  ["closed", {}, false],
  ["public", { ORIGIN_PUBLIC: "1" }, true],
])("an origin with a token, %s", (_name, env, anonymous) => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await startOrigin({ env: { ...NO_VULKAN, ORIGIN_TOKEN: TOKEN, ...env } });
  });
  afterAll(() => origin.stop());

  it("answers the right token", async () => {
    expect(await ask(origin, OPEN_FIELD, TOKEN)).toMatchObject({ status: 200 });
    expect((await ask(origin, SIDE_FIELD, TOKEN)).body).toContain('"CPU"');
  });

  it("refuses a wrong token, whatever it asks", async () => {
    const refused = await ask(origin, OPEN_FIELD, "wrong");
    expect(refused.status).toBe(401);
    expect(refused.body).toContain("UNAUTHENTICATED");
  });

  it(`${anonymous ? "answers" : "refuses"} a stranger`, async () => {
    expect((await ask(origin, OPEN_FIELD)).status).toBe(anonymous ? 200 : 401);
  });

  it("keeps the other side's fields from a stranger", async () => {
    expect((await ask(origin, SIDE_FIELD)).body).toContain("UNAUTHENTICATED");
  });
});
