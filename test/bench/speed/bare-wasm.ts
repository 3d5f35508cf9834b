import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bare, bareAt } from "./bare.ts";
import { bundleWorker, compatibilityDate } from "./bundle.ts";
import { startWorkerdOn } from "./workerd-process.ts";

/** onnxruntime-web on the same workerd, bundled by the same wrangler. */
export async function startBareWasm(): Promise<Bare> {
  return await serveBareWasm(await buildBareWasm());
}

/** @returns workerd's configuration, next to the bundle */
export async function buildBareWasm(): Promise<string> {
  const folder = await bundleWorker("bare-wasm-worker.ts");
  const configuration = join(folder, "bare.capnp");
  await writeFile(configuration, await configurationOf(folder));
  return configuration;
}

export async function serveBareWasm(configuration: string): Promise<Bare> {
  const { ports, pid, stop } = await startWorkerdOn(configuration, { sockets: ["http"] });
  return bareAt(`http://127.0.0.1:${ports.get("http")}`, pid, stop);
}

async function configurationOf(folder: string): Promise<string> {
  const wasm = (await readdir(folder)).find((name) => name.endsWith(".wasm"));
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "bare", worker = (
    modules = [
      (name = "worker.js", esModule = embed "bare-wasm-worker.js"),
      (name = "./${wasm}", wasm = embed "${wasm}"),
    ],
    compatibilityDate = "${await compatibilityDate()}",
  ))],
  sockets = [(name = "http", http = (), service = "bare")],
);
`;
}
