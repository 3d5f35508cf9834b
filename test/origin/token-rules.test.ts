import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";

const TOKEN = "correct-horse";

interface Given {
  readonly token?: string;
  readonly scheme?: string;
}

async function ask(
  origin: RunningOrigin,
  query: string,
  { token, scheme = "Bearer" }: Given = {},
): Promise<{ status: number; body: string }> {
  const response = await fetch(`${origin.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `${scheme} ${token}` }) },
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
    expect(await ask(origin, OPEN_FIELD, { token: TOKEN })).toMatchObject({ status: 200 });
    expect((await ask(origin, SIDE_FIELD, { token: TOKEN })).body).toContain('"CPU"');
  });

  it.each(["bearer", "BEARER", "bEARER", "Bearer "])("regardless of the scheme's case: %j", async (scheme) => {
    expect((await ask(origin, SIDE_FIELD, { token: TOKEN, scheme })).body).toContain('"CPU"');
  });

  it.each([
    ["Bearer", TOKEN.toUpperCase()],
    ["Basic", TOKEN],
    ["Bearer", `${TOKEN} ${TOKEN}`],
  ])("refuses %s %s", async (scheme, token) => {
    expect((await ask(origin, OPEN_FIELD, { token, scheme })).status).toBe(401);
  });

  it("refuses a wrong token, regardless of what it asks", async () => {
    const refused = await ask(origin, OPEN_FIELD, { token: "wrong" });
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
