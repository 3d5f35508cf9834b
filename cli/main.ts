import "#node/end-with-parent.ts";
import { EXIT } from "./exit-codes.ts";
import { defectText, run } from "./program.ts";

// A reader may stop early (`| head`); the exit code still reports the result.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
// Node would exit with 1, which means drift.
process.on("uncaughtException", (error) => {
  process.stderr.write(defectText(error));
  process.exit(EXIT.DEFECT);
});
// Set rather than called, so that all output reaches a pipe.
process.exitCode = await run(process.argv.slice(2), process.env);
