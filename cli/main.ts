import { run } from "./program.ts";

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
// Set rather than called, so that what was written still reaches a pipe.
process.exitCode = await run(process.argv.slice(2), process.env);
