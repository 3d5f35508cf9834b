import process from "node:process";
import { parentPort } from "node:worker_threads";
import { endWithoutParent } from "./end-orphan.ts";

/**
 * In a child process: responds to the requests of its parent (ChildProcessClient), one after another, and ends with it.
 * Ctrl-C signals the whole process group; the parent ends in order and disconnects, so signals are ignored here.
 */
export function respondToParentProcess<Request, Response>(respond: (request: Request) => Promise<Response>): void {
  endWithoutParent();
  const respondInTurn = inTurn(respond);
  process.on("message", (request: Request) => {
    void respondInTurn(request).then((response) => {
      // A parent that is gone needs no response; "disconnect" ends this process.
      process.send?.(response, undefined, undefined, () => {});
    });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(0));
}

/**
 * In a thread: responds to the requests of the thread that started it (ThreadClient), one after another.
 * @param transferredOf the buffers of a response that move instead of being copied; default: none
 */
export function respondToParentThread<Request, Response>(
  respond: (request: Request) => Promise<Response>,
  transferredOf: (response: Response) => readonly ArrayBuffer[] = () => [],
): void {
  const respondInTurn = inTurn(respond);
  parentPort?.on("message", (request: Request) => {
    void respondInTurn(request).then((response) => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a message to a thread has no target origin
      parentPort?.postMessage(response, transferredOf(response));
    });
  });
}

function inTurn<Request, Response>(respond: (request: Request) => Promise<Response>) {
  let turn: Promise<unknown> = Promise.resolve();
  return (request: Request): Promise<Response> => {
    const response = turn.then(() => respond(request));
    turn = response;
    return response;
  };
}
