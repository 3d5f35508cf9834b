/**
 * Runs packs on WEBGPU in a process of its own: the Vulkan loader reads its environment when a process starts.
 * usage: node webgpu-process.ts <folder>, which holds jobs.json; answers go to answers.json and *.f32 next to it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-node";

interface Job {
  readonly model: string;
  readonly feeds: readonly { readonly name: string; readonly file: string; readonly dims: readonly number[] }[];
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node webgpu-process.ts <folder>");
const place = (name: string): string => join(folder, name);
const jobs = JSON.parse(readFileSync(place("jobs.json"), "utf8")) as readonly Job[];

function floats(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(file)).buffer);
}

async function run(
  job: Job,
  at: number,
): Promise<Record<string, { file: string; dims: readonly number[] }> | { error: string }> {
  try {
    const session = await ort.InferenceSession.create(readFileSync(place(job.model)), {
      executionProviders: ["webgpu"],
      graphOptimizationLevel: "extended",
      logSeverityLevel: 3,
      // A node that WEBGPU cannot run must fail the session, not run on the CPU unseen.
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    });
    const feeds = Object.fromEntries(
      job.feeds.map(({ name, file, dims }) => [name, new ort.Tensor("float32", floats(place(file)), [...dims])]),
    );
    const results = await session.run(feeds);
    const answers = Object.entries(results).map(([name, { data, dims }], index) => {
      const file = `${at}.${index}.f32`;
      writeFileSync(place(file), new Uint8Array((data as Float32Array).slice().buffer));
      return [name, { file, dims }] as const;
    });
    await session.release();
    return Object.fromEntries(answers);
  } catch (error) {
    return { error: String(error) };
  }
}

const answers = [];
for (const [at, job] of jobs.entries()) answers.push(await run(job, at));
writeFileSync(place("answers.json"), JSON.stringify(answers));
