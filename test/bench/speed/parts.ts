import type { Extent } from "./extent.ts";
import type { Finding } from "./finding.ts";
import { measureColdStart } from "./cold-start.ts";
import { measureMemory } from "./memory.ts";
import { measurePolygraphy } from "./polygraphy.ts";
import { measureLatency } from "./predict-latency.ts";
import { measureSizes } from "./sizes.ts";
import { measureSweep } from "./sweep-rate.ts";
import { measureThroughput } from "./throughput.ts";
import type { Workbench } from "./workbench.ts";

interface Part {
  readonly title: string;
  measure(bench: Workbench, extent: Extent): Promise<Finding>;
}

/** In the order in which they are measured and reported. */
export const PARTS: Readonly<Record<string, Part>> = Object.freeze({
  latency: { title: "Latency of one prediction", measure: measureLatency },
  throughput: { title: "Throughput", measure: measureThroughput },
  sweep: { title: "Sweep", measure: measureSweep },
  cold: { title: "Cold start of the Worker", measure: measureColdStart },
  polygraphy: { title: "Against Polygraphy", measure: measurePolygraphy },
  memory: { title: "Memory and growth", measure: measureMemory },
  sizes: { title: "Sizes", measure: measureSizes },
});
