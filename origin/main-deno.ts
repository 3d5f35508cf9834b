import process from "node:process";
import { absentBackends } from "./absent-backends.ts";
import { parseEnvironment } from "./environment.ts";
import { log } from "./log.ts";
import { openOrigin } from "./origin.ts";
import { portTaken, readyLine, reportStartFailure } from "./start-report.ts";

/** As much of Deno as this entry uses; the rest of the origin knows Node's modules only, which Deno has too. */
declare const Deno: {
  serve(
    options: { port: number; hostname: string; onListen(address: { port: number }): void },
    handler: (request: Request) => Promise<Response>,
  ): { finished: Promise<void>; shutdown(): Promise<void> };
  addSignalListener(signal: "SIGINT" | "SIGTERM", handler: () => void): void;
  errors: { AddrInUse: new () => Error };
  exit(code: number): never;
};

const NO_PROCESSES =
  "Under Deno the origin may start no processes, and a GPU backend needs one of its own. Run it under Node: `npm run origin`.";

/** The origin under Deno: `npm run origin:deno`, with the CPU backend only. */
async function main(): Promise<void> {
  const settings = parseEnvironment(process.env);
  const { port, host } = settings;
  const origin = await openOrigin(settings, process.env, () =>
    absentBackends(["CUDA", "CUDA_TF32", "WEBGPU"], NO_PROCESSES),
  );
  const onListen = (address: { port: number }) => console.log(readyLine(host, address.port));
  try {
    const server = Deno.serve({ port, hostname: host, onListen }, (request) => origin.handle(request));
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => {
        log(`${signal}: finishing the requests in flight`);
        origin.drain();
        void server.shutdown();
      });
    }
    await server.finished;
  } catch (error) {
    throw error instanceof Deno.errors.AddrInUse ? portTaken(port) : error;
  }
}

await main().then(
  () => Deno.exit(0),
  (error: unknown) => {
    reportStartFailure(error);
    Deno.exit(1);
  },
);
