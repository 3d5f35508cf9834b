import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { wranglerEnvironment, wranglerScript } from "#edge/node/wrangler.ts";
import { ROOT } from "./installed.ts";

export interface RunningWorker {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A Worker as its author would deploy it: bundled by wrangler from a folder that holds nothing but it and what it
 * installed, without compatibility flags, and served by workerd.
 */
export async function serveWorker(folder: string, script: string): Promise<RunningWorker> {
  const out = await mkdtemp(join(tmpdir(), "isobit-worker-"));
  const toml = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "([\d-]+)"$/m.exec(toml)?.[1] ?? "";
  const args = ["deploy", script, "--dry-run", "--name", "worker", "--compatibility-date", date, "--outdir", out];
  const env = wranglerEnvironment(process.env);
  await promisify(execFile)(process.execPath, [wranglerScript(), ...args], { cwd: folder, env });
  const bundle = script.replace(/\.mjs$/, ".js");
  const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker.js", esModule = embed "${bundle}")],
      compatibilityDate = "${date}",
    )),
  ],
  sockets = [(name = "http", http = (), service = "worker")],
);
`;
  await writeFile(join(out, "worker.capnp"), config);
  const workerd = join(ROOT, "node_modules", ".bin", "workerd");
  const serve = [
    "serve",
    join(out, "worker.capnp"),
    "config",
    "--control-fd",
    "3",
    "--socket-addr",
    "http=127.0.0.1:0",
  ];
  const child = spawn(workerd, serve, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const ended = once(child, "exit");
  return {
    url: `http://127.0.0.1:${await portOf(child.stdio[3] as Readable)}`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await rm(out, { recursive: true });
    },
  };
}

/** workerd reports each socket as one line of JSON once it listens. @throws Error where it ends before */
async function portOf(control: Readable): Promise<number> {
  for await (const line of createInterface({ input: control })) {
    const { event, port } = JSON.parse(line) as { readonly event: string; readonly port: number };
    if (event === "listen") return port;
  }
  throw new Error("workerd ended before it listened.");
}
