/**
 * Runs one-node models and writes their outputs' bits.
 * usage: node one-node-process.ts <folder>, which holds jobs.json; answers go to answers.json next to it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "./one-node.ts";

interface Wired {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly bytes: string;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node one-node-process.ts <folder>");
const { settings, jobs } = JSON.parse(readFileSync(join(folder, "jobs.json"), "utf8")) as {
  readonly settings: Settings;
  readonly jobs: readonly { readonly model: string; readonly feeds: readonly Wired[] }[];
};

// The native binding reads float16 only as its bits, but is given the language's own Float16Array where there is one.
Reflect.deleteProperty(globalThis, "Float16Array");
const ort = settings.provider === "wasm" ? await import("onnxruntime-web/wasm") : await import("onnxruntime-node");
if (settings.provider === "wasm") ort.env.wasm.numThreads = 1;

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

async function run({ model, feeds }: (typeof jobs)[number]): Promise<unknown> {
  try {
    const session = await ort.InferenceSession.create(new Uint8Array(Buffer.from(model, "base64")), {
      executionProviders: [settings.provider],
      graphOptimizationLevel: settings.level ?? "extended",
      intraOpNumThreads: settings.threads ?? 1,
      logSeverityLevel: 4,
      ...(settings.provider === "webgpu" ? { extra: { session: { disable_cpu_ep_fallback: "1" } } } : {}),
    });
    const results = await session.run(Object.fromEntries(feeds.map((feed) => [feed.name, tensorOf(feed)])));
    const answer = session.outputNames.map((name) => {
      const { type, dims, data } = results[name]!;
      const { buffer, byteOffset, byteLength } = data as Uint8Array;
      return {
        type,
        dims,
        bytes: Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
      };
    });
    await session.release();
    return answer;
  } catch (error) {
    return String(error);
  }
}

function tensorOf({ type, dims, bytes }: Wired): import("onnxruntime-node").Tensor {
  const { buffer } = new Uint8Array(Buffer.from(bytes, "base64"));
  const elements = new ARRAYS[type as keyof typeof ARRAYS](buffer);
  return new ort.Tensor(type as "float32", elements as Float32Array, [...dims]);
}

const answers = [];
for (const job of jobs) answers.push(await run(job));
writeFileSync(join(folder, "answers.json"), JSON.stringify(answers));
// WEBGPU keeps the event loop alive after its sessions are gone.
process.exit(0);
