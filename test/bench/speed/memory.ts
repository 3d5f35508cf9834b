import type { RunningStack } from "../../support/stack.ts";
import type { Extent } from "./extent.ts";
import { figure, megabytes, spreadText } from "./figures.ts";
import type { Finding, Table, Target } from "./finding.ts";
import { sweepAnew } from "./isobit-sweep.ts";
import { trainingImagesFile } from "./images.ts";
import { type Memory, memoryOf, type NamedProcess, peaksDuring, processesOf } from "./process-memory.ts";
import { pairedRatio, spreadOf } from "./spread.ts";
import { EXACT } from "./subjects.ts";
import type { Workbench } from "./workbench.ts";

const COMMAND = "isobit sweep";
/** What still counts as twice the time, and as flat, with the noise of one machine. */
const TWICE = 2.2;
const FLAT = 1.2;

/** A sweep of one size, in every turn. */
interface Size {
  readonly images: number;
  readonly seconds: number[];
  /** RSS in bytes, by process, a peak a turn. */
  readonly peaks: Map<string, number[]>;
}

/** Memory of each process at rest and in sweeps, and whether sweeps of twice the images take twice the time. */
export async function measureMemory(bench: Workbench, extent: Extent): Promise<Finding> {
  // A stack of its own: what other parts asked has left its marks on theirs.
  const stack = await bench.freshStack();
  try {
    const processes = [...processesOf(stack.edge().pid, "edge"), ...processesOf(stack.origin().pid, "origin")];
    const idle = await memories(processes);
    const sizes: Size[] = extent.growth.map((images) => ({ images, seconds: [], peaks: new Map() }));
    for (let turn = 0; turn < Math.min(extent.turns, 3); turn++) {
      for (const size of sizes) await sweepOnce(stack, processes, size);
    }
    const after = await memories(processes);
    return {
      tables: [restTable(processes, idle, after), growthTable(sizes)],
      targets: targetsOf(sizes),
      notes: [
        "RSS counts shared pages in every process, PSS a share of them. Peaks are the largest RSS seen, ten looks a second.",
        "Sweeps of MNIST's training images on WASM and CPU, digits-exact, one after the other on the same stack.",
      ],
      samples: {
        idle,
        after,
        sizes: sizes.map((size) => ({ ...size, peaks: Object.fromEntries(size.peaks) })),
      },
    };
  } finally {
    await stack.stop();
  }
}

function memories(processes: readonly NamedProcess[]): Promise<Memory[]> {
  return Promise.all(processes.map(({ pid }) => memoryOf(pid)));
}

async function sweepOnce(stack: RunningStack, processes: readonly NamedProcess[], size: Size): Promise<void> {
  const watched = [...processes];
  const { images } = size;
  const { result, peaks } = await peaksDuring(watched, () =>
    sweepAnew(EXACT, {
      images,
      stack,
      inputs: trainingImagesFile(),
      watch: (pid) => watched.push({ pid, name: COMMAND }),
    }),
  );
  size.seconds.push(images / result.rate);
  for (const [name, peak] of peaks) size.peaks.set(name, [...(size.peaks.get(name) ?? []), peak]);
}

function restTable(processes: readonly NamedProcess[], idle: readonly Memory[], after: readonly Memory[]): Table {
  const cells = ({ rss, pss }: Memory): string[] => [megabytes(rss), pss === null ? "-" : megabytes(pss)];
  return {
    title: "Memory of each process",
    columns: ["process", "ready, RSS", "PSS", "after the sweeps, RSS", "PSS"],
    rows: processes.map(({ name }, place) => [name, ...cells(idle[place]!), ...cells(after[place]!)]),
  };
}

function growthTable(sizes: readonly Size[]): Table {
  const names = [...(sizes[0]?.peaks.keys() ?? [])];
  return {
    title: "Sweeps by size: time, and the most memory meanwhile",
    columns: ["images", "seconds", "images/s", ...names.map((name) => `peak RSS, ${name}`)],
    rows: sizes.map(({ images, seconds, peaks }) => [
      images.toLocaleString("en-US"),
      spreadText(spreadOf(seconds)),
      figure(images / spreadOf(seconds).median),
      ...names.map((name) => megabytes(spreadOf(peaks.get(name) ?? []).median)),
    ]),
  };
}

function targetsOf(sizes: readonly Size[]): Target[] {
  const doublings = sizes.flatMap((size) => {
    const half = sizes.find(({ images }) => images * 2 === size.images);
    return half ? [{ half, size }] : [];
  });
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first || !last) return [];
  return [
    ...doublings.map(({ half, size }): Target => ({
      name: `Time of ${size.images.toLocaleString("en-US")} images over that of ${half.images.toLocaleString("en-US")}`,
      measured: pairedRatio(size.seconds, half.seconds).median,
      unit: "x",
      bound: TWICE,
      wanted: "at most",
    })),
    ...[...last.peaks].map(([name, peaks]): Target => ({
      name: `Peak memory of ${name}, ${last.images.toLocaleString("en-US")} images over ${first.images.toLocaleString("en-US")}`,
      measured: spreadOf(peaks).median / spreadOf(first.peaks.get(name) ?? []).median,
      unit: "x",
      bound: FLAT,
      wanted: "at most",
    })),
  ];
}
