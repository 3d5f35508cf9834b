import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect } from "vitest";
import { ask } from "../support/graphql.ts";

/* The REST face as its callers meet it. */

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // The shape is each test's own.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** One request, whose JSON answer must be in the one form that has no choice in it: no blanks, no other spelling. */
export async function call(url: string, init: RequestInit = {}): Promise<Got> {
  const response = await fetch(url, init);
  const text = await response.text();
  expect(response.headers.get("content-type"), text).toMatch(/^application\/json/);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  const body: unknown = JSON.parse(text);
  expect(text).toBe(JSON.stringify(body));
  return { status: response.status, headers: response.headers, text, body };
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Got> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return call(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: text });
}

/** The path as it stands: fetch would tidy it up first. */
export async function rawGet(root: string, path: string): Promise<{ status: number | undefined; body: string }> {
  const { hostname, port } = new URL(root);
  const [response] = (await once(request({ hostname, port, path }).end(), "response")) as [IncomingMessage];
  return { status: response.statusCode, body: (await response.toArray()).join("") };
}

/** By GraphQL's word, not the face's: where there is a hardware GPU, the tests of its absence do not apply. */
export async function hasHardwareGpu(root: string): Promise<boolean> {
  return (await ask(root, "{ health { gpuAvailable } }")).body.data.health.gpuAvailable;
}

/** What an answer of a backend carries after Paragon's own keys. */
export const OWN_KEYS = ["model", "computed_by", "execution_provider", "logits_bits"];
