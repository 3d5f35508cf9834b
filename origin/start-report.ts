import { ModelRejected } from "#core/onnx/rejected.ts";
import { StartError } from "./start-error.ts";
import { log } from "./log.ts";

/** The one line on stdout, with the origin's address. */
export function readyLine(host: string, port: number): string {
  const everywhere = ["127.0.0.1", "0.0.0.0", "::", "::1", "localhost"].includes(host);
  const shown = everywhere ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `origin ready at http://${shown}:${port}`;
}

export function portTaken(port: number): StartError {
  return new StartError(`Port ${port} is taken by another program. Stop it, or choose another port with ORIGIN_PORT.`);
}

/** A sentence for errors that a user can fix, a stack trace for those that only a developer can. */
export function reportStartFailure(error: unknown): void {
  const mendable = error instanceof StartError || error instanceof ModelRejected;
  const stack = error instanceof Error ? error.stack : undefined;
  log(`cannot start: ${mendable ? error.message : (stack ?? String(error))}`);
}
