import "#node/no-telemetry.ts";
import { createServer, type IncomingMessage } from "node:http";
import process from "node:process";
import { createServerAdapter } from "@whatwg-node/server";
import { MAX_HEADER_BYTES } from "#core/limits.ts";
import { parseEnvironment } from "./environment.ts";
import { openGpuBackends } from "./gpu-backends.ts";
import { answerMalformed, gracefulClose, hasOneHost, listenOrStop, refuseMalformed } from "./node-server.ts";
import { openOrigin } from "./origin.ts";
import { startHostProcess } from "./start-host.ts";
import { readyLine, reportStartFailure } from "./start-report.ts";
import { stopOnSignals } from "./stop-signals.ts";

/** Until the server listens, there is nothing to finish. */
let stop = async (): Promise<void> => {};

/** The origin under Node: `npm run origin`. */
async function main(): Promise<void> {
  stopOnSignals(() => stop());
  const settings = parseEnvironment(process.env);
  const origin = await openOrigin(
    settings,
    process.env,
    () => startHostProcess("cpu"),
    (models, onRestart) => openGpuBackends(process.env, models, onRestart),
  );
  try {
    const adapter = createServerAdapter<{ readonly req?: IncomingMessage }>((request, { req }) =>
      origin.handle(request, req?.socket.remoteAddress ?? "unknown"),
    );
    const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) =>
      hasOneHost(request) ? void adapter(request, response) : refuseMalformed(request.socket),
    );
    answerMalformed(server);
    const close = gracefulClose(server, settings, () => origin.endRequests());
    const listening = await listenOrStop(server, settings);
    stop = async () => {
      origin.drain();
      await close();
      await origin.close();
    };
    console.log(readyLine(settings.ORIGIN_HOST, listening));
  } catch (error) {
    await origin.close();
    throw error;
  }
}

await main().catch((error: unknown) => {
  reportStartFailure(error);
  process.exitCode = 1;
});
