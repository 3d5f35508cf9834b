import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { EdgeDidNotStart, type RunningEdge, startEdge } from "../support/edge.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";

describe("a bad variable stops the start, and the error names it", () => {
  it.each([
    [{ EDGE_PORT: "eighty" }, /EDGE_PORT is "eighty"/],
    [{ EDGE_PORT: "70000" }, /EDGE_PORT is "70000"/],
    [{ ORIGIN_URL: "localhost:4000" }, /ORIGIN_URL is "localhost:4000"/],
    [{ ORIGIN_URL: "http://user:hush@127.0.0.1" }, /ORIGIN_URL contains a user name or password/],
    [{ ORIGIN_TOKEN: "two words" }, /ORIGIN_TOKEN may only contain/],
    [{ MODEL: "/nowhere/none.onnx" }, /\/nowhere\/none\.onnx is missing/],
  ])("%j", async (env, sentence) => {
    const failure = await startEdge({ env: env as Record<string, string> }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EdgeDidNotStart);
    expect(failure).toMatchObject({ exitCode: 1, message: expect.stringMatching(sentence) });
    expect((failure as Error).message).not.toMatch(/hush|two words|\n\s+at /);
  });
});

describe("a port in use", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it("is named, and how to choose another", async () => {
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const failure = await startEdge({ env: { EDGE_PORT: String(port) } }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ exitCode: 1, message: expect.stringMatching(`Port ${port} is taken.*EDGE_PORT`) });
  });
});

describe("stopping", () => {
  let edge: RunningEdge | undefined;
  afterEach(async () => {
    await edge?.stop();
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends workerd too, with exit code 0 and not a word of error",
    async (signal) => {
      edge = await startEdge();
      const workerd = workerdOf(edge);
      expect(isAlive(workerd)).toBe(true);
      expect(await edge.stop(signal)).toBe(0);
      expect(isAlive(workerd)).toBe(false);
      expect(edge.log()).toMatch(/^edge ready at http:\/\/localhost:\d+\n$/);
    },
  );

  it("workerd is started again where it crashes; the fourth crash within a minute is exit code 1", async () => {
    edge = await startEdge();
    for (let crash = 1; crash <= 3; crash += 1) {
      process.kill(workerdOf(edge), "SIGKILL");
      await expect.poll(() => edge?.log().split("The edge answers again.").length, { timeout: 60_000 }).toBe(crash + 1);
      expect(edge.log()).toContain("workerd was ended by SIGKILL. Starting it again.");
      const query = '{ predict(backend: WASM, input: { image: "7" }) { label } }';
      expect(await edge.graphql(query)).toEqual({ data: { predict: { label: "7" } } });
    }
    process.kill(workerdOf(edge), "SIGKILL");
    expect(await edge.ended).toBe(1);
    expect(edge.log()).toContain("The edge stopped: workerd was ended by SIGKILL, 4 times within a minute.");
  });
});

/** The one child of the edge's process, as Linux lists it; elsewhere as ps does. */
function workerdOf({ pid }: RunningEdge): number {
  const found = descendantsOf(pid).filter(({ commandLine }) => /workerd serve/.test(commandLine));
  expect(found).toHaveLength(1);
  return found[0]!.pid;
}
