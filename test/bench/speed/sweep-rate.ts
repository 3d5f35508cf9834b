import type { RunningStack } from "../../support/stack.ts";
import type { Bare } from "./bare.ts";
import { cpuSecondsDuring } from "./cpu-seconds.ts";
import type { Extent } from "./extent.ts";
import { figure, spreadText } from "./figures.ts";
import type { Finding, Table, Target } from "./finding.ts";
import { inTurns, type Taker } from "./in-turns.ts";
import { sweepAnew } from "./isobit-sweep.ts";
import { processesOf } from "./process-memory.ts";
import { pairedRatio, quantile, spreadOf } from "./spread.ts";
import { EXACT, FLOAT, type Subject } from "./subjects.ts";
import type { Workbench } from "./workbench.ts";

const BATCHES = [1, 8, 32, 100, 256];
const OWN_STACK = "isobit sweep on a stack that it starts, whole command";
/** Images in one loop of the search for the best batch. */
const SEARCH_IMAGES = 2_500;

/** The batch at which each bare loop is fastest. */
interface Best {
  readonly wasm: number;
  readonly cpu: number;
}

type Rates = Readonly<Record<string, number[]>>;

/** The sweep of MNIST's test images on WASM and CPU, against the slower of the two bare loops. */
export async function measureSweep(bench: Workbench, extent: Extent): Promise<Finding> {
  const [stack, wasm, cpu] = await Promise.all([bench.stack(), bench.bareWasm(), bench.bareCpu()]);
  const images = extent.sweepImages;
  const tables: Table[] = [];
  const targets: Target[] = [];
  const samples: Record<string, unknown> = {};
  for (const subject of [EXACT, FLOAT]) {
    await Promise.all([wasm.use(subject), cpu.use(subject)]);
    const batches = await batchRates(wasm, cpu, Math.min(images, SEARCH_IMAGES));
    const best = { wasm: bestBatch(batches, "WASM"), cpu: bestBatch(batches, "CPU") };
    const walls: number[] = [];
    const work: CpuWork = new Map();
    const rates = await inTurns(extent.turns, {
      ...limits({ wasm, cpu, best, images, work }),
      "isobit sweep": async () => {
        const { rate, wallSeconds } = await watchedSweep(stack, subject, images, work);
        walls.push(images / wallSeconds);
        return rate;
      },
      [OWN_STACK]: async () => images / (await sweepAnew(subject, { images })).wallSeconds,
    });
    const slower = slowerOf(rates[`bare WASM`], rates[`bare CPU`]);
    samples[subject.id] = { batches, rates, walls, work: Object.fromEntries(work) };
    tables.push(
      batchTable(subject, batches),
      rateTable(subject, { rates, walls, slower, best, images }),
      workTable(subject, work, images),
    );
    if (subject.batched) {
      targets.push({
        name: `Sweep of ${images.toLocaleString("en-US")} images, ${subject.id}, of the slower bare loop`,
        measured: pairedRatio(rates["isobit sweep"], slower).median,
        unit: "x",
        bound: 0.8,
        wanted: "at least",
      });
    }
  }
  return { tables, targets, notes: NOTES, samples };
}

const NOTES = [
  "digits-exact: its certificate proves that a row's bits do not depend on the batch, so isobit runs up to 100 rows together. digits (float32) has no such proof: isobit runs its rows one by one, and only the bare loop may batch them.",
  "The bare loops run alone, one after the other; the sweep's two backends share this machine's cores with each other, the servers and the command. \"Both bare loops at once\" is the limit that this leaves.",
  "CPU time is what the kernel charges each process, all threads together; the command's has Node's start and the reports in it. It says where a sweep's time goes, and a busy machine changes it far less than wall time.",
  'The rate of isobit sweep is the one it prints, from the first request to the last answer; "whole command" divides by the wall time of the process, Node\'s start and the reports included.',
];

async function batchRates(wasm: Bare, cpu: Bare, images: number): Promise<Rates> {
  const takers = Object.fromEntries(
    BATCHES.flatMap((batch): [string, Taker][] => [
      [`WASM ${batch}`, rateOf(wasm, images, batch)],
      [`CPU ${batch}`, rateOf(cpu, images, batch)],
    ]),
  );
  return inTurns(2, takers);
}

/** CPU seconds, by who took them, one sample per turn. */
type CpuWork = Map<string, number[]>;

function addWork(work: CpuWork, seconds: ReadonlyMap<string, number>): void {
  for (const [name, each] of seconds) work.set(name, [...(work.get(name) ?? []), each]);
}

function limits(loops: { wasm: Bare; cpu: Bare; best: Best; images: number; work: CpuWork }) {
  const { wasm, cpu, best, images, work } = loops;
  const [byWasm, byCpu] = [rateOf(wasm, images, best.wasm), rateOf(cpu, images, best.cpu)];
  const watched = async ({ pid }: Bare, name: string, taker: Taker): Promise<number> => {
    const { result, seconds } = await cpuSecondsDuring([{ pid, name }], taker);
    addWork(work, seconds);
    return result;
  };
  return {
    "bare WASM": () => watched(wasm, "bare WASM", byWasm),
    "bare CPU": () => watched(cpu, "bare CPU", byCpu),
    "both bare loops at once": async () => Math.min(...(await Promise.all([byWasm(), byCpu()]))),
  };
}

async function watchedSweep(stack: RunningStack, subject: Subject, images: number, work: CpuWork) {
  const processes = [...processesOf(stack.edge().pid, "edge"), ...processesOf(stack.origin().pid, "origin")];
  const { result, seconds } = await cpuSecondsDuring(processes, () =>
    sweepAnew(subject, {
      images,
      stack,
      watch: (pid) => processes.push({ pid, name: "isobit sweep, the command" }),
    }),
  );
  addWork(work, seconds);
  return result;
}

function rateOf(bare: Bare, images: number, batch: number): Taker {
  return async () => images / (await bare.loop(images, batch));
}

function bestBatch(rates: Rates, name: string): number {
  const rate = (batch: number): number => quantile(rates[`${name} ${batch}`] ?? [], 1);
  return BATCHES.toSorted((left, right) => rate(right) - rate(left))[0] ?? 1;
}

/** Of each turn, the loop that was slower. */
function slowerOf(left: readonly number[], right: readonly number[]): number[] {
  return left.map((rate, turn) => Math.min(rate, right[turn] ?? Infinity));
}

function batchTable({ id }: Subject, rates: Rates): Table {
  return {
    title: `Bare loops by batch, ${id}, images/s`,
    columns: ["runtime", ...BATCHES.map((batch) => `batch ${batch}`)],
    rows: ["WASM", "CPU"].map((name) => [
      name,
      ...BATCHES.map((batch) => figure(spreadOf(rates[`${name} ${batch}`] ?? []).median)),
    ]),
  };
}

function rateTable(
  { id, batched }: Subject,
  found: { rates: Rates; walls: number[]; slower: number[]; best: Best; images: number },
): Table {
  const { rates, walls, slower, best, images } = found;
  const batch: Record<string, string> = {
    "bare WASM": `${best.wasm}`,
    "bare CPU": `${best.cpu}`,
    "both bare loops at once": `${best.wasm}, ${best.cpu}`,
    "isobit sweep": batched ? "up to 100" : "1",
    "isobit sweep, whole command": batched ? "up to 100" : "1",
    [OWN_STACK]: batched ? "up to 100" : "1",
  };
  return {
    title: `${images.toLocaleString("en-US")} of MNIST's test images on WASM and CPU, ${id}`,
    columns: ["what", "rows a run", "images/s", "of the slower bare loop"],
    rows: Object.entries({ ...rates, "isobit sweep, whole command": walls }).map(([name, taken]) => [
      name,
      batch[name] ?? "",
      spreadText(spreadOf(taken)),
      spreadText(pairedRatio(taken, slower)),
    ]),
  };
}

function workTable({ id }: Subject, work: CpuWork, images: number): Table {
  return {
    title: `CPU time for 1,000 images, ${id}, ms`,
    columns: ["process", "CPU ms"],
    rows: [...work].map(([name, seconds]) => [
      name,
      spreadText(spreadOf(seconds.map((each) => (each / images) * 1e6))),
    ]),
  };
}
