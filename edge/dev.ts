import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "#core/errors.ts";
import { ROOT } from "#node/installation.ts";
import { buildAssets } from "./node/build-assets.ts";
import { parseEnvironment, WORKER_VARIABLES } from "./environment.ts";
import { ASSETS } from "./node/folders.ts";
import { wranglerEnvironment, wranglerScript } from "./node/wrangler.ts";

/* npm run dev:edge: the same Worker under wrangler's development server, which reloads it when a source changes. */

const { values } = parseArgs({ options: { assets: { type: "string" } } });
const assetsFolder = resolve(values.assets ?? ASSETS);

try {
  const { port } = parseEnvironment(process.env);
  await buildAssets(assetsFolder, process.env);
  const args = [wranglerScript(), "dev", "--port", String(port), "--assets", assetsFolder];
  for (const name of WORKER_VARIABLES) {
    if (process.env[name]) args.push("--var", `${name}:${process.env[name]}`);
  }
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: "inherit", env: wranglerEnvironment(process.env) });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, "exit")) as [number | null];
  process.exit(code ?? 0);
} catch (error) {
  console.error(`The edge could not start: ${messageOf(error)}`);
  process.exit(1);
}
