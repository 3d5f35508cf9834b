import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NO_VULKAN } from "./origin.ts";
import { type RunningStack, startStack } from "./stack.ts";

/** Where a test file asks for it. */
const ADDRESS = "ISOBIT_TEST_STACK";

/** The one stack of a run, which many test files ask at the same time: there is no way to end or change it. */
export interface SharedStack {
  readonly edgeUrl: string;
  readonly originUrl: string;
  /** The secret that the two share. */
  readonly token: string;
}

/** For tests that only ask, without WEBGPU. @throws Error with the log of the side that did not start */
export async function sharedStack(): Promise<SharedStack> {
  const response = await fetch(process.env[ADDRESS] ?? "");
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as SharedStack;
}

/** Serves the stack to all test files of this run; it starts when the first one asks. @returns what ends both */
export async function serveSharedStack(): Promise<() => Promise<void>> {
  let starting: Promise<RunningStack> | undefined;
  const server = createServer((_, response) => {
    starting ??= startStack({ env: NO_VULKAN });
    starting.then(
      ({ edgeUrl, originUrl, token }) => response.end(JSON.stringify({ edgeUrl, originUrl, token })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  process.env[ADDRESS] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    server.close();
    server.closeAllConnections();
    const stack = await starting?.catch(() => undefined);
    await stack?.stop();
  };
}
