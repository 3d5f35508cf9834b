import { expect, it } from "vitest";
import { freePort } from "#node/ports.ts";
import { startEdge } from "../support/edge.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";

it("takes workerd with it when it is killed, so that it can start again at the same port", async () => {
  const env = { EDGE_PORT: String(await freePort()) };
  const killed = await startEdge({ env });
  const { pid } = descendantsOf(killed.pid).find(({ commandLine }) => commandLine.includes("workerd serve"))!;
  await killed.stop("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  const again = await startEdge({ env });
  try {
    expect(await again.graphql("{ health { ok } }")).toEqual({ data: { health: { ok: true } } });
  } finally {
    await again.stop();
  }
});
