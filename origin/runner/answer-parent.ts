import process from "node:process";

/**
 * Answers the requests of the process that started this one, one after another, and ends with it. A Ctrl-C reaches the
 * whole process group; the parent ends in order and hangs up, so it is not listened to here.
 */
export function answerParent<Request, Answer>(answer: (request: Request) => Promise<Answer>): void {
  let turn: Promise<unknown> = Promise.resolve();
  process.on("message", (request: Request) => {
    turn = turn.then(() => answer(request)).then((reply) => process.send?.(reply));
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(0));
}
