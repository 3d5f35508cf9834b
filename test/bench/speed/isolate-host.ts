import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleWorker, compatibilityDate } from "./bundle.ts";
import { startWorkerdOn, type WorkerdProcess } from "./workerd-process.ts";

/**
 * workerd with a Worker whose every request is answered by a new isolate of isobit's bundle.
 * @throws Error where this workerd has no Worker Loader
 */
export async function startIsolateHost(workerFolder: string, assetsFolder: string): Promise<WorkerdProcess> {
  const folder = await bundleWorker("isolate-host-worker.ts");
  const wasm = (await readdir(workerFolder)).find((name) => name.endsWith(".wasm")) ?? "";
  await copyFile(join(workerFolder, "worker.js"), join(folder, "isobit.js"));
  await copyFile(join(workerFolder, wasm), join(folder, "isobit.wasm"));
  const configuration = join(folder, "host.capnp");
  await writeFile(configuration, configurationOf(wasm, await compatibilityDate()));
  const args = ["--experimental", "--directory-path", `assets=${assetsFolder}`];
  return startWorkerdOn(configuration, { sockets: ["http"], args });
}

function configurationOf(wasm: string, date: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "host", worker = (
      modules = [
        (name = "worker.js", esModule = embed "isolate-host-worker.js"),
        (name = "isobit.wasm", wasm = embed "isobit.wasm"),
      ],
      compatibilityDate = "${date}",
      bindings = [
        (name = "LOADER", workerLoader = ()),
        (name = "CODE", text = embed "isobit.js"),
        (name = "WASM", data = embed "isobit.wasm"),
        (name = "WASM_NAME", text = "${wasm}"),
        (name = "DATE", text = "${date}"),
        (name = "ASSETS", service = "assets"),
      ],
    )),
    (name = "assets", disk = ()),
  ],
  sockets = [(name = "http", http = (), service = "host")],
);
`;
}
