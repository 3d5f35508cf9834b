import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { STILL_TRYING } from "#core/backends/backend.ts";
import { freePort } from "#node/ports.ts";
import { waitUntilReady } from "#library/stack/ready.ts";

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

/** A side that gives these answers, one a request, the last one for ever. */
async function serve(answers: readonly string[], port = 0): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.end(answers[Math.min(asked.length, answers.length) - 1]);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function health(ok: boolean, { side = "EDGE", reason = "No GPU here." } = {}): string {
  return JSON.stringify({ data: { health: { ok, side, backends: [{ backend: "CUDA", reason }] } } });
}

const TRYING = health(true, { reason: STILL_TRYING });

test("a side is ready once one of its own backends can answer and all others have been tried", async () => {
  const { url, asked } = await serve([
    "<html>",
    '{"errors":[{"message":"no"}]}',
    "null",
    health(false),
    TRYING,
    health(true),
  ]);
  await waitUntilReady({ side: "EDGE", url, token: "secret" }, AbortSignal.timeout(30_000));
  expect(asked).toEqual(Array.from({ length: 6 }, () => "POST /graphql Bearer secret"));
});

test("a side may start listening later", async () => {
  const port = await freePort();
  const ready = waitUntilReady(
    { side: "EDGE", url: `http://127.0.0.1:${port}`, token: "t" },
    AbortSignal.timeout(30_000),
  );
  await delay(300);
  await serve([health(true)], port);
  await ready;
});

test.each([
  [health(false), "none of its own backends can answer"],
  [TRYING, "CUDA is still being tried"],
  [health(true, { side: "ORIGIN" }), "the origin answers there"],
  ['{"errors":[{"message":"Wrong token."}]}', "Wrong token."],
  ["{}", "it answers HTTP 200"],
])("when the waiting ends, %s is the reason given", async (answer, reason) => {
  const { url } = await serve([answer]);
  const stop = new AbortController();
  const waiting = waitUntilReady({ side: "EDGE", url, token: "t" }, stop.signal);
  await delay(300);
  stop.abort();
  await expect(waiting).rejects.toThrow(reason);
});
