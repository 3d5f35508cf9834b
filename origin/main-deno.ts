import process from "node:process";
import { absentBackends } from "./absent-backends.ts";
import { STOP_GRACE_MS } from "#core/limits.ts";
import { parseEnvironment } from "./environment.ts";
import { HostThread } from "./host-thread-client.ts";
import { openOrigin } from "./origin.ts";
import { portTaken, readyLine, reportStartFailure } from "./start-report.ts";
import { stopOnSignals } from "./stop-signals.ts";

/** As much of Deno as this entry uses; the rest of the origin knows Node's modules only, which Deno has too. */
declare const Deno: {
  serve(
    options: { port: number; hostname: string; signal: AbortSignal; onListen(address: { port: number }): void },
    handler: (request: Request) => Promise<Response>,
  ): { shutdown(): Promise<void> };
  errors: { AddrInUse: new () => Error };
  exit(code: number): never;
};

const NO_PROCESSES =
  "Under Deno the origin may start no processes, and a GPU backend needs one of its own. Run it under Node: `npm run origin`.";

/** The origin under Deno: `npm run origin:deno`, with the CPU backend only. */
async function main(): Promise<void> {
  const settings = parseEnvironment(process.env);
  const { port, host } = settings;
  const startCpuHost = () => new HostThread();
  const origin = await openOrigin(settings, process.env, startCpuHost, () =>
    absentBackends(["CUDA", "CUDA_TF32", "WEBGPU"], NO_PROCESSES),
  );
  const onListen = (address: { port: number }) => console.log(readyLine(host, address.port));
  try {
    const hangUp = new AbortController();
    const options = { port, hostname: host, signal: hangUp.signal, onListen };
    const server = Deno.serve(options, (request) => origin.handle(request));
    stopOnSignals(origin, async () => {
      setTimeout(() => hangUp.abort(), STOP_GRACE_MS);
      await server.shutdown();
    });
  } catch (error) {
    throw error instanceof Deno.errors.AddrInUse ? portTaken(port) : error;
  }
}

await main().catch((error: unknown) => {
  reportStartFailure(error);
  Deno.exit(1);
});
