import { spawn } from "node:child_process";
import { join } from "node:path";
import { variablesOf } from "#core/variables.ts";
import { ROOT } from "#node/installation.ts";

/* npm run origin:deno: the origin under Deno, which may read its own variables and those of packages that it loads. */

const OF_PACKAGES = ["NODE_ENV", "npm_package_config_libvips", "MALLOC_ARENA_MAX", "ORT_DISABLE_TELEMETRY"];
const allowed = [
  "--allow-net=127.0.0.1,localhost",
  "--allow-read=.,/usr/bin/ldd",
  "--allow-ffi=.",
  "--allow-sys=cpus",
  `--allow-env=${[...variablesOf("origin", "models"), ...OF_PACKAGES].join()}`,
];
const deno = join(ROOT, "node_modules", "deno", process.platform === "win32" ? "deno.exe" : "deno");
const args = ["run", "--no-prompt", "--unstable-no-legacy-abort", ...allowed, "origin/main-deno.ts"];
const child = spawn(deno, args, { cwd: ROOT, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => (process.exitCode = code ?? 1));
