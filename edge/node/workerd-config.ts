import { readdir } from "node:fs/promises";
import { WORKER_VARIABLES } from "../environment.ts";

/**
 * workerd's configuration for a bundle that wrangler wrote. It names no port, no folder of assets and no secret:
 * the first two are given on the command line, the variables are taken from workerd's environment.
 * @returns Cap'n Proto text, for the bundle's folder; the constant is called `config`
 */
export async function workerdConfig(folder: string, compatibilityDate: string): Promise<string> {
  const files = await readdir(folder);
  const modules = [
    `(name = "worker.js", esModule = embed "worker.js")`,
    ...files.filter((file) => file.endsWith(".wasm")).map((file) => `(name = "./${file}", wasm = embed "${file}")`),
  ];
  const bindings = [
    `(name = "ASSETS", service = "assets")`,
    ...WORKER_VARIABLES.map((name) => `(name = "${name}", fromEnvironment = "${name}")`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = (
      modules = [
        ${modules.join(",\n        ")},
      ],
      compatibilityDate = "${compatibilityDate}",
      compatibilityFlags = ["enable_request_signal"],
      bindings = [
        ${bindings.join(",\n        ")},
      ],
      globalOutbound = "network",
    )),
    (name = "assets", disk = ()),
    # The origin may be on this machine, which workerd blocks for Workers by default.
    (name = "network", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", http = (), service = "edge")],
);
`;
}
