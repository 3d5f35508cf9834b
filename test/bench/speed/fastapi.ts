import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "#node/ports.ts";
import type { Subject } from "./subjects.ts";

export interface FastApi {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The Python service under uvicorn, one worker, without an access log. @throws Error with its log */
export async function startFastApi(python: string, { path, scale }: Subject): Promise<FastApi> {
  const port = await freePort();
  const args = ["-m", "uvicorn", "fastapi_service:app", "--host", "127.0.0.1", "--port", String(port)];
  const child = spawn(python, [...args, "--workers", "1", "--no-access-log", "--log-level", "warning"], {
    cwd: import.meta.dirname,
    env: { ...process.env, MODEL: path, SCALE: String(scale), PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const endWithParent = (): boolean => child.kill();
  process.once("exit", endWithParent);
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-4_000)));
  const exited = once(child, "exit").finally(() => process.off("exit", endWithParent));
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The FastAPI service ended before it listened:\n${log}`);
    const answers = await fetch(`${url}/openapi.json`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) break;
    await delay(100);
  }
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill();
      await exited;
    },
  };
}
