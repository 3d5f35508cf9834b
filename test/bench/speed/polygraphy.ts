import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Extent } from "./extent.ts";
import { figure, spreadText } from "./figures.ts";
import type { Finding, Target } from "./finding.ts";
import { inTurns } from "./in-turns.ts";
import { sweepAnew } from "./isobit-sweep.ts";
import { testImagesFile } from "./images.ts";
import { pairedRatio, spreadOf } from "./spread.ts";
import { EXACT, ISOBIT_BATCH, type Subject } from "./subjects.ts";
import type { Workbench } from "./workbench.ts";

const run = promisify(execFile);

/** Comparing the same model on the same images with NVIDIA's Polygraphy, at its default batch and at isobit's. */
export async function measurePolygraphy(bench: Workbench, extent: Extent): Promise<Finding> {
  const found = await bench.python();
  if ("missing" in found) return { tables: [], targets: [], notes: [`Left out. ${found.missing}`], samples: null };
  const stack = await bench.stack();
  const { sweepImages, polygraphyImages } = extent;
  // Once unmeasured: the first run of a Python writes its compiled modules.
  await runPolygraphy(found.python, EXACT, { images: 1, batch: 1 });
  const taken = await inTurns(Math.min(extent.turns, 3), {
    start: () => runPolygraphy(found.python, EXACT, { images: 1, batch: 1 }),
    single: () => runPolygraphy(found.python, EXACT, { images: polygraphyImages, batch: 1 }),
    batched: () => runPolygraphy(found.python, EXACT, { images: sweepImages, batch: ISOBIT_BATCH }),
    isobit: async () => (await sweepAnew(EXACT, { images: sweepImages, stack })).rate,
  });
  const less = (images: number, seconds: readonly number[]): number[] =>
    seconds.map((each, turn) => images / (each - (taken.start[turn] ?? 0)));
  const rates = {
    [`isobit sweep, default batch (${ISOBIT_BATCH})`]: taken.isobit,
    "polygraphy run, default batch (1)": less(polygraphyImages, taken.single),
    [`polygraphy run, batch ${ISOBIT_BATCH}`]: less(sweepImages, taken.batched),
  };
  const [isobit, single, batched] = Object.values(rates) as [number[], number[], number[]];
  return {
    tables: [
      {
        title: "Comparing two runs of digits-exact, images/s",
        columns: ["command", "images", "images/s", "isobit's rate over it"],
        rows: Object.entries(rates).map(([name, rate], place) => [
          name,
          String(place === 1 ? polygraphyImages : sweepImages),
          spreadText(spreadOf(rate)),
          spreadText(pairedRatio(isobit, rate)),
        ]),
      },
    ],
    targets: [target(isobit, single)],
    notes: [
      "`polygraphy run model.onnx --onnxrt --onnxrt --data-loader-script …`: two ONNX Runtime sessions on the same CPU provider, one after the other on each input, every output compared within a tolerance, with statistics in its log, which is thrown away here. Its time is less that of the same command with one image, so its start counts nothing.",
      "`isobit sweep --backends WASM,CPU`: WebAssembly in the Worker, the slower runtime of the two, and native CPU, every logit compared in every bit, hashed and written to a file. Its start counts nothing either.",
      `At an equal batch of ${ISOBIT_BATCH}, isobit's rate is ${figure(pairedRatio(isobit, batched).median)} times Polygraphy's: Polygraphy then compares 1,000 numbers at a time and says nothing of a single image.`,
    ],
    samples: { taken, rates },
  };
}

/** Seconds of the whole command. @throws Error with its output where it fails or finds a difference */
async function runPolygraphy(
  python: string,
  { path, scale }: Subject,
  { images, batch }: { readonly images: number; readonly batch: number },
): Promise<number> {
  const script = join(import.meta.dirname, "polygraphy_images.py");
  const wanted = { IMAGES: String(images), BATCH: String(batch), SCALE: String(scale), IDX: testImagesFile() };
  const started = performance.now();
  await run(
    join(dirname(python), "polygraphy"),
    ["run", path, "--onnxrt", "--onnxrt", "--data-loader-script", script],
    { env: { ...process.env, ...wanted, PYTHONDONTWRITEBYTECODE: "1" }, maxBuffer: 512 * 1024 * 1024 },
  );
  return (performance.now() - started) / 1000;
}

function target(isobit: readonly number[], single: readonly number[]): Target {
  return {
    name: "Sweep against Polygraphy, each at its default batch",
    measured: pairedRatio(isobit, single).median,
    unit: "x",
    bound: 10,
    wanted: "at least",
  };
}
