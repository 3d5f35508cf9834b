import type { RunningStack } from "../../support/stack.ts";
import type { Bare } from "./bare.ts";
import { Connection } from "./connection.ts";
import type { Extent } from "./extent.ts";
import { figure, spreadText } from "./figures.ts";
import type { Finding, Table, Target } from "./finding.ts";
import { inTurns } from "./in-turns.ts";
import { readDigits } from "./images.ts";
import { type Asking, overGraphql, overRest } from "./services.ts";
import { pairedDifference, quantile, spreadOf } from "./spread.ts";
import { EXACT, FLOAT, type Subject } from "./subjects.ts";
import type { Workbench } from "./workbench.ts";

/** Loops in a turn and runs in each: their median is not moved by what else the machine does for a moment. */
const LOOPS = 15;
const LOOP_IMAGES = 20;
const RUN = "session.run in a loop, bare";
const FLOOR = "HTTP alone: the same body to a server that does nothing else";
const GRAPHQL = "predict over GraphQL";

/** One request of one stage. @throws Error for any other answer than the expected one */
type Request = (turn: number) => Promise<void>;

interface SideUnderTest {
  readonly name: "edge" | "origin";
  readonly bare: Bare;
  readonly url: string;
  readonly backend: "WASM" | "CPU";
  /** A path of the side itself that needs nothing. */
  readonly trivial: string;
}

/** In ms: of every request, and of each turn the median. */
interface Stage {
  readonly all: readonly number[];
  readonly medians: readonly number[];
}

/** What one warm prediction costs over HTTP, one connection, stage by stage, over `session.run` in the same runtime. */
export async function measureLatency(bench: Workbench, extent: Extent): Promise<Finding> {
  const [stack, wasm, cpu] = await Promise.all([bench.stack(), bench.bareWasm(), bench.bareCpu()]);
  const tables: Table[] = [];
  const targets: Target[] = [];
  const samples: Record<string, unknown> = {};
  for (const side of sidesOf(stack, wasm, cpu)) {
    for (const subject of [EXACT, FLOAT]) {
      const stages = await measureSide(side, subject, extent);
      samples[`${side.name}, ${subject.id}`] = stages;
      tables.push(tableOf(side, subject, stages));
      if (subject === EXACT) targets.push(...targetsOf(side, stages));
    }
  }
  return { tables, targets, notes: NOTES, samples };
}

const NOTES = [
  "One kept-alive connection, one request after the other, from one Node process; p50 is the median of each turn's medians, p99 is of all requests.",
  `Inside: a stage's p50 less that of HTTP alone and less session.run. workerd's clock is too coarse to time one run, so ${LOOP_IMAGES} run in one request, less an empty one; the figure is the median of ${LOOPS} such loops a turn. A loop finds the kernel's code and data in the cache, which one run between other work does not.`,
];

function sidesOf(stack: RunningStack, wasm: Bare, cpu: Bare): SideUnderTest[] {
  return [
    { name: "edge", bare: wasm, url: stack.edgeUrl, backend: "WASM", trivial: "/images/7.png" },
    { name: "origin", bare: cpu, url: stack.originUrl, backend: "CPU", trivial: "/health/live" },
  ];
}

async function measureSide(side: SideUnderTest, subject: Subject, extent: Extent): Promise<Record<string, Stage>> {
  await side.bare.use(subject);
  const connections = { bare: new Connection(side.bare.url), side: new Connection(side.url) };
  try {
    return await takeTurns(side.bare, await requestsOf(side, subject, connections), extent);
  } finally {
    connections.bare.close();
    connections.side.close();
  }
}

async function requestsOf(
  { url, backend, trivial }: SideUnderTest,
  subject: Subject,
  connections: { readonly bare: Connection; readonly side: Connection },
): Promise<Record<string, Request>> {
  const digits = await readDigits();
  const graphql = overGraphql(url, backend, subject, digits);
  const rest = overRest(url, digits);
  const body = graphql.bodies[0]?.body ?? "";
  return {
    [FLOOR]: async () => void (await connections.bare.post("/echo", body)),
    "HTTP and one session.run, nothing else": async () => void (await connections.bare.post("/run", body)),
    [`isobit's own server, ${trivial}`]: async () => void (await connections.side.get(trivial)),
    "GraphQL without inference, { __typename }": async () =>
      void (await connections.side.post("/graphql", JSON.stringify({ query: "{ __typename }" }))),
    // MathSketch's form has no field for the model, so it is the default one's.
    ...(subject === EXACT ? { "predict over REST": asking(connections.side, rest) } : {}),
    [GRAPHQL]: asking(connections.side, graphql),
  };
}

function asking(connection: Connection, { path, bodies }: Asking): Request {
  return async (turn) => {
    const { body, expected } = bodies[turn % bodies.length]!;
    const answer = (await connection.post(path, body)).toString();
    if (!answer.includes(expected)) throw new Error(`${path} answered ${answer.slice(0, 300)}`);
  };
}

async function takeTurns(
  bare: Bare,
  requests: Readonly<Record<string, Request>>,
  { turns, requests: count }: Extent,
): Promise<Record<string, Stage>> {
  const taken = Object.fromEntries(
    [RUN, ...Object.keys(requests)].map((name) => [name, { all: [] as number[], medians: [] as number[] }]),
  );
  for (const request of Object.values(requests)) await timesOf(request, Math.ceil(count / 2));
  for (let turn = 0; turn < turns; turn++) {
    const loops = await inTurns(LOOPS, { run: async () => ((await bare.loop(LOOP_IMAGES, 1)) / LOOP_IMAGES) * 1000 });
    taken[RUN]!.medians.push(quantile(loops.run, 0.5));
    for (const [name, request] of Object.entries(requests)) {
      const times = await timesOf(request, count);
      taken[name]!.all.push(...times);
      taken[name]!.medians.push(quantile(times, 0.5));
    }
  }
  return taken;
}

async function timesOf(request: Request, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const started = performance.now();
    await request(turn);
    times.push(performance.now() - started);
  }
  return times;
}

function tableOf({ name: side }: SideUnderTest, { id }: Subject, stages: Readonly<Record<string, Stage>>): Table {
  return {
    title: `One warm prediction at the ${side}, ${id}, ms`,
    columns: ["stage", "p50", "p99", "p50 over session.run", "of it inside"],
    rows: Object.entries(stages).map(([name, { all, medians }]) => [
      name,
      spreadText(spreadOf(medians)),
      all.length > 0 ? figure(quantile(all, 0.99)) : "-",
      name.startsWith("predict") ? spreadText(overRun(stages, name)) : "-",
      name.startsWith("predict") ? spreadText(inside(stages, name)) : "-",
    ]),
  };
}

function overRun(stages: Readonly<Record<string, Stage>>, name: string) {
  return pairedDifference(stages[name]!.medians, stages[RUN]!.medians);
}

function inside(stages: Readonly<Record<string, Stage>>, name: string) {
  const floor = stages[FLOOR]!.medians.map((median, turn) => median + (stages[RUN]!.medians[turn] ?? NaN));
  return pairedDifference(stages[name]!.medians, floor);
}

function targetsOf({ name: side }: SideUnderTest, stages: Readonly<Record<string, Stage>>): Target[] {
  const of = side === "edge" ? "the Worker" : "the origin";
  return [
    {
      name: `Predict over HTTP at the ${side}, warm: p50 over bare session.run`,
      measured: overRun(stages, GRAPHQL).median,
      unit: "ms",
      bound: 1.5,
      wanted: "at most",
    },
    {
      name: `Of that, inside ${of}`,
      measured: inside(stages, GRAPHQL).median,
      unit: "ms",
      bound: 0.5,
      wanted: "at most",
    },
  ];
}
