import type { Bare } from "./bare.ts";
import { cpuSecondsDuring } from "./cpu-seconds.ts";
import type { Extent } from "./extent.ts";
import { figure, spreadText, times } from "./figures.ts";
import type { Finding, Target } from "./finding.ts";
import { inTurns, type Taker } from "./in-turns.ts";
import { type Loaded, underLoad } from "./load.ts";
import { FASTAPI_WAYS, type LoadedService, loadedServices } from "./loaded-services.ts";
import { readDigits } from "./images.ts";
import { pairedRatio, quantile, spreadOf } from "./spread.ts";
import { EXACT, ISOBIT_BATCH } from "./subjects.ts";
import type { Workbench } from "./workbench.ts";

const LOOP_IMAGES = 1_000;
const MOST_CONNECTIONS = 64;

/** What a load tells next to its rate; one sample per turn. */
type LoadFigures = Map<string, { readonly p50Ms: number; readonly p99Ms: number; readonly cpuMs: number }[]>;

type Rates = Readonly<Record<string, number[]>>;

/** Answers a second under load: both sides, over GraphQL and REST, against FastAPI and against the bare loops. */
export async function measureThroughput(bench: Workbench, extent: Extent): Promise<Finding> {
  const [stack, wasm, cpu, fastApi, digits] = await Promise.all([
    bench.stack(),
    bench.bareWasm(),
    bench.bareCpu(),
    bench.fastApi(),
    readDigits(),
  ]);
  await Promise.all([wasm.use(EXACT), cpu.use(EXACT)]);
  const services = loadedServices(stack, fastApi, digits);
  // Once unmeasured: a server's code is compiled while it is asked.
  const warmUp = { connections: MOST_CONNECTIONS, seconds: extent.loadSeconds };
  for (const { asking } of Object.values(services)) await underLoad({ ...asking, ...warmUp });
  const rows: string[][] = [];
  const targets: Target[] = [];
  const samples: Record<string, unknown> = {};
  for (const connections of extent.connections) {
    const figures: LoadFigures = new Map();
    const rates = await inTurns(extent.turns, {
      ...loads(services, { connections, seconds: extent.loadSeconds, figures }),
      ...bareRates(wasm, "WASM"),
      ...bareRates(cpu, "CPU"),
    });
    samples[connections] = { rates, figures: Object.fromEntries(figures) };
    rows.push(...rowsOf(rates, figures, connections));
    if (connections === MOST_CONNECTIONS) targets.push(...targetsOf(rates));
  }
  return {
    tables: [{ title: "The model digits-exact, one PNG a request", columns: COLUMNS, rows }],
    targets,
    notes: [...NOTES, ...("missing" in fastApi ? [`FastAPI was left out. ${fastApi.missing}`] : [])],
    samples,
  };
}

const COLUMNS = [
  "connections",
  "service",
  "answers/s",
  "p50 ms",
  "p99 ms",
  "CPU ms an answer",
  "rate against the faster FastAPI",
  "of bare session.run, batch 1",
];

const NOTES = [
  "All services run one process on this machine and get the same ten images from one autocannon process, which takes its share of the cores from each of them alike. CPU ms is the server's own, all threads together.",
  "Threads that infer: the edge and bare WASM have one, as Workers do; the origin one, since the model is small; bare CPU and FastAPI's ONNX Runtime have as many as ONNX Runtime takes by itself.",
  "FastAPI: one uvicorn worker with uvloop and httptools, ONNX Runtime at its own default level. Its two ways to write the route are both measured; ratios are to the faster one of each turn.",
];

function loads(
  services: Readonly<Record<string, LoadedService>>,
  { connections, seconds, figures }: { connections: number; seconds: number; figures: LoadFigures },
): Record<string, Taker> {
  return Object.fromEntries(
    Object.entries(services).map(([name, { asking, processes }]): [string, Taker] => [
      name,
      async () => {
        const { result, seconds: cpu } = await cpuSecondsDuring(processes, () =>
          underLoad({ ...asking, connections, seconds }),
        );
        const { p50Ms, p99Ms } = result;
        figures.set(name, [...(figures.get(name) ?? []), { p50Ms, p99Ms, cpuMs: cpuMsOf(cpu, result) }]);
        return result.rate;
      },
    ]),
  );
}

function cpuMsOf(seconds: ReadonlyMap<string, number>, { answers }: Loaded): number {
  return ([...seconds.values()].reduce((total, each) => total + each, 0) * 1000) / answers;
}

function bareRates(bare: Bare, name: string): Record<string, Taker> {
  return Object.fromEntries(
    [1, ISOBIT_BATCH].map((batch): [string, Taker] => [
      `bare ${name}, batch ${batch}`,
      async () => LOOP_IMAGES / (await bare.loop(LOOP_IMAGES, batch)),
    ]),
  );
}

/** Of each turn, the faster way to write the route; null without Python. */
function fasterFastApi(rates: Rates): number[] | null {
  const [first, second] = FASTAPI_WAYS.map((name) => rates[name]);
  return first && second ? first.map((rate, turn) => Math.max(rate, second[turn] ?? 0)) : null;
}

function rowsOf(rates: Rates, figures: LoadFigures, connections: number): string[][] {
  const fastApi = fasterFastApi(rates);
  return Object.entries(rates).map(([name, taken]) => {
    const limit = limitOf(name, rates);
    const also = figures.get(name);
    const median = (of: "p50Ms" | "p99Ms" | "cpuMs"): string =>
      also
        ? figure(
            quantile(
              also.map((each) => each[of]),
              0.5,
            ),
          )
        : "-";
    return [
      also ? String(connections) : "-",
      name,
      spreadText(spreadOf(taken)),
      median("p50Ms"),
      median("p99Ms"),
      median("cpuMs"),
      fastApi ? times(pairedRatio(taken, fastApi)) : "-",
      limit ? figure(pairedRatio(taken, limit).median) : "-",
    ];
  });
}

function limitOf(name: string, rates: Rates): number[] | undefined {
  if (name.startsWith("edge")) return rates["bare WASM, batch 1"];
  return name.startsWith("origin") ? rates["bare CPU, batch 1"] : undefined;
}

function targetsOf(rates: Rates): Target[] {
  const fastApi = fasterFastApi(rates);
  if (!fastApi) return [];
  return ["edge", "origin"].flatMap((side) =>
    [
      { face: "REST", bound: 2 },
      { face: "GraphQL", bound: 1 },
    ].map(({ face, bound }): Target => ({
      name: `Throughput at ${MOST_CONNECTIONS} connections, ${side} over ${face}, against FastAPI`,
      measured: pairedRatio(rates[`${side}, ${face}`] ?? [], fastApi).median,
      unit: "x",
      bound,
      wanted: "at least",
    })),
  );
}
