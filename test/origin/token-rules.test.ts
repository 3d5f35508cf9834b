import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeMessage } from "#schema/link/message.ts";
import { askLink, postLink } from "../support/link.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";

const TOKEN = "correct-horse";

interface Given {
  readonly token?: string;
  readonly scheme?: string;
}

async function ask(
  { url }: RunningOrigin,
  { token, scheme = "Bearer" }: Given = {},
): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `${scheme} ${token}` }) },
    body: JSON.stringify({ query: "{ images { id } }" }),
  });
  return { status: response.status, body: await response.text() };
}

const NOTHING = encodeMessage({ json: {}, bytes: [] });

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
    expect(await ask(origin, { token: TOKEN })).toMatchObject({ status: 200 });
    expect((await askLink(origin.url, "statuses", {}, { token: TOKEN })).status).toBe(200);
  });

  it.each(["bearer", "BEARER", "bEARER", "Bearer "])("in any case of the scheme: %j", async (scheme) => {
    expect((await postLink(origin.url, "statuses", NOTHING, TOKEN, scheme)).status).toBe(200);
  });

  it.each([
    ["Bearer", TOKEN.toUpperCase()],
    ["Basic", TOKEN],
    ["Bearer", `${TOKEN} ${TOKEN}`],
  ])("refuses %s %s", async (scheme, token) => {
    expect((await ask(origin, { token, scheme })).status).toBe(401);
  });

  it("refuses a wrong token for any request", async () => {
    const refused = await ask(origin, { token: "wrong" });
    expect(refused.status).toBe(401);
    expect(refused.body).toContain("UNAUTHENTICATED");
  });

  it(`${anonymous ? "answers" : "refuses"} a stranger`, async () => {
    expect((await ask(origin)).status).toBe(anonymous ? 200 : 401);
  });

  it("refuses requests that only the other side may send", async () => {
    expect((await askLink(origin.url, "statuses", {}, { token: null })).code).toBe("UNAUTHENTICATED");
  });
});
