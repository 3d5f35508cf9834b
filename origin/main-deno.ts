import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { GPU_BACKEND_IDS } from "#core/backends.ts";
import { LAST_ANSWERS_MS } from "#core/limits.ts";
import { absentBackends } from "./absent-backends.ts";
import { parseEnvironment } from "./environment.ts";
import { openOrigin } from "./origin.ts";
import { startHostThread } from "./start-host.ts";
import { portTaken, readyLine, reportStartFailure } from "./start-report.ts";
import { stopOnSignals } from "./stop-signals.ts";

/** As much of Deno as this entry uses; the rest of the origin knows Node's modules only, which Deno has too. */
declare const Deno: {
  serve(
    options: { port: number; hostname: string; onListen(address: { port: number }): void },
    handler: (request: Request, info: { remoteAddr: { hostname: string } }) => Promise<Response>,
  ): { shutdown(): Promise<void> };
  errors: { AddrInUse: new () => Error };
  exit(code: number): never;
};

const NO_PROCESSES =
  "Under Deno the origin cannot start the process that a GPU backend needs. Run it under Node: `npm run origin`.";

/** Until the server listens, there is nothing to finish. */
let stop = async (): Promise<void> => {};

/** The origin under Deno: `npm run origin:deno`, with the CPU backend only. */
async function main(): Promise<void> {
  stopOnSignals(() => stop());
  const settings = parseEnvironment(process.env);
  const { ORIGIN_PORT: port, ORIGIN_HOST: host } = settings;
  const origin = await openOrigin(settings, process.env, startHostThread, () =>
    absentBackends(GPU_BACKEND_IDS, NO_PROCESSES),
  );
  const onListen = (address: { port: number }) => console.log(readyLine(host, address.port));
  try {
    const server = Deno.serve({ port, hostname: host, onListen }, (request, { remoteAddr }) =>
      origin.handle(request, remoteAddr.hostname),
    );
    stop = async () => {
      origin.drain();
      await setTimeout(settings.DRAIN_SECONDS * 1000);
      const finished = server.shutdown();
      await Promise.race([finished, setTimeout(settings.GRACE_SECONDS * 1000).then(() => origin.endRequests())]);
      // The connections that are left after that end with the process.
      await Promise.race([finished, setTimeout(LAST_ANSWERS_MS)]);
      await origin.close();
    };
  } catch (error) {
    throw error instanceof Deno.errors.AddrInUse ? portTaken(port) : error;
  }
}

await main().catch((error: unknown) => {
  reportStartFailure(error);
  Deno.exit(1);
});
