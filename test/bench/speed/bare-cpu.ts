import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Bare, bareAt } from "./bare.ts";

/** onnxruntime-node in a process of its own. */
export async function startBareCpu(): Promise<Bare> {
  const child = fork(join(import.meta.dirname, "bare-cpu-process.ts"));
  const exited = once(child, "exit");
  const failed = exited.then(() => {
    throw new Error("The bare CPU loop's process ended before it listened.");
  });
  const [port] = (await Promise.race([once(child, "message"), failed])) as [number];
  failed.catch(() => {});
  return bareAt(`http://127.0.0.1:${port}`, child.pid ?? 0, async () => {
    child.kill();
    await exited;
  });
}
