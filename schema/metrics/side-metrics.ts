import type { BackendId } from "#core/backends.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import { Counter, exposition, Gauge, Histogram, METRICS_TYPE } from "./prometheus.ts";

export type Face = "graphql" | "rest" | "oip" | "link" | "other";

/** What one side counts for /metrics; docs/operations.md lists it. */
export class SideMetrics {
  readonly #requests = new Counter("isobit_requests_total", "Requests answered, by face and status.");
  readonly #seconds = new Histogram("isobit_request_seconds", "Time to the start of the response, by face.");
  readonly #inferences = new Counter("isobit_inferences_total", "Images run on a backend of this side, by outcome.");
  readonly #refusals = new Counter("isobit_refusals_total", "Requests that a backend refused as OVERLOADED.");
  readonly #verdicts = new Counter("isobit_verdicts_total", "Comparisons of at least two sources, by verdict.");
  readonly #violations = new Counter(
    "isobit_certificate_violations_total",
    "Differing bits where a certificate proves equality.",
  );
  readonly #restarts = new Counter("isobit_restarts_total", "Processes of a backend that were lost and replaced.");
  readonly #queues = new Map<BackendId, () => number>();
  readonly #gauges: Gauge[] = [
    new Gauge("isobit_queue_rows", "Images that wait for a backend of this side or run on it.", () =>
      Array.from(this.#queues, ([backend, depth]) => [{ backend }, depth()] as const),
    ),
  ];

  requested(face: Face, status: number, seconds: number): void {
    this.#requests.add({ face, status: String(status) });
    this.#seconds.observe({ face }, seconds);
  }

  inferred(backend: BackendId, ok: number, failed: number): void {
    if (ok > 0) this.#inferences.add({ backend, outcome: "ok" }, ok);
    if (failed > 0) this.#inferences.add({ backend, outcome: "failed" }, failed);
  }

  refused(backend: BackendId): void {
    this.#refusals.add({ backend });
  }

  compared(verdict: Verdict, violations: number): void {
    this.#verdicts.add({ verdict });
    this.#violations.add({}, violations);
  }

  restarted(backend: BackendId): void {
    this.#restarts.add({ backend });
  }

  /** @param depth rows that wait or run */
  watchQueue(backend: BackendId, depth: () => number): void {
    this.#queues.set(backend, depth);
  }

  watch(gauge: Gauge): void {
    this.#gauges.push(gauge);
  }

  response(): Response {
    const counted = [this.#requests, this.#seconds, this.#inferences, this.#refusals, this.#verdicts];
    const text = exposition([...counted, this.#violations, this.#restarts, ...this.#gauges]);
    return new Response(text, { headers: { "content-type": METRICS_TYPE, "cache-control": "no-store" } });
  }
}
