import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SWIFTSHADER } from "../../support/missing.ts";
import type { Feed, Outputs } from "./feed.ts";

const TIMEOUT_MS = 540_000;

export interface WebgpuJob {
  readonly bytes: Uint8Array;
  readonly feeds: readonly Feed[];
}

/** One answer per job; an Error where its session could not be made or run without the CPU. */
export function runOnWebgpu(jobs: readonly WebgpuJob[]): readonly (Outputs | Error)[] {
  const folder = mkdtempSync(join(tmpdir(), "isobit-webgpu-"));
  try {
    writeFileSync(join(folder, "jobs.json"), JSON.stringify(jobs.map((job, at) => written(job, at, folder))));
    const child = spawnSync(process.execPath, [join(import.meta.dirname, "webgpu-process.ts"), folder], {
      env: { VK_ICD_FILENAMES: SWIFTSHADER, ...process.env },
      timeout: TIMEOUT_MS,
      encoding: "utf8",
    });
    if (child.status !== 0)
      throw new Error(`the WEBGPU process ended with ${child.status ?? child.signal}: ${child.stderr.slice(-2000)}`);
    const answers = JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")) as readonly Answer[];
    return answers.map((answer) => read(answer, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function written({ bytes, feeds }: WebgpuJob, at: number, folder: string): unknown {
  const model = `${at}.onnx`;
  writeFileSync(join(folder, model), bytes);
  const listed = feeds.map(({ name, data, dims }, index) => {
    const file = `${at}.${index}.feed.f32`;
    writeFileSync(join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { name, file, dims };
  });
  return { model, feeds: listed };
}

type Answer =
  | { readonly error: string }
  | Readonly<Record<string, { readonly file: string; readonly dims: readonly number[] }>>;

function read(answer: Answer, folder: string): Outputs | Error {
  if (typeof answer["error"] === "string") return new Error(answer["error"]);
  const outputs = Object.entries(answer as Exclude<Answer, { error: string }>);
  return new Map(
    outputs.map(([name, { file, dims }]) => [
      name,
      { data: new Float32Array(new Uint8Array(readFileSync(join(folder, file))).buffer), dims },
    ]),
  );
}
