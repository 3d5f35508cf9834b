import autocannon from "autocannon";
import type { Load, Loaded } from "./load.ts";

/* The client of a throughput measurement, in a process of its own so that it shares no event loop. */

process.once("message", (load: Load) => {
  let wrong = 0;
  const { url, path, bodies, connections, seconds } = load;
  const run = autocannon(
    {
      url,
      connections,
      duration: seconds,
      requests: bodies.map(({ body, expected }) => ({
        method: "POST",
        path,
        headers: { "content-type": "application/json", accept: "application/json" },
        body,
        onResponse: (status: number, text: string) => {
          if (status !== 200 || !text.includes(expected)) wrong++;
        },
      })),
    },
    (error: unknown, result: autocannon.Result) => {
      if (error) throw error;
      const { errors, timeouts, latency, duration } = result;
      const loaded: Loaded = {
        answers: result.requests.total,
        rate: result.requests.total / duration,
        p50Ms: latency.p50,
        p99Ms: latency.p99,
        failed: wrong + errors + timeouts,
      };
      process.send?.(loaded, () => process.exit());
    },
  );
  process.on("disconnect", () => run.stop());
});
