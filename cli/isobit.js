#!/usr/bin/env node
/*
 * The `isobit` command: plain JavaScript that an old Node understands too. It runs the sources in a checkout and the
 * built JavaScript in an installed package, on this Node or on a newer one that npm has put beside it.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
/** The first that runs TypeScript without a flag or a warning. */
const NEEDED = [24, 12];

const source = join(HERE, "main.ts");
const isCheckout = existsSync(source);
const main = isCheckout ? source : join(HERE, "..", "dist", "package", "cli", "main.js");

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** npm's package `node` brings Node along: in this checkout, or beside the installed package. */
function newerNode() {
  for (let folder = HERE; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
    if (existsSync(candidate) && isNewEnough(String(spawnSync(candidate, ["--version"]).stdout).trim()))
      return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

/** In a process that ends with this one, as this one ends with it. */
function runOn(node) {
  const guard = pathToFileURL(join(dirname(main), "..", "node", `end-with-parent.${isCheckout ? "ts" : "js"}`)).href;
  const child = spawn(node, ["--import", guard, main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`isobit cannot be run by ${node}: ${error.message}\n`);
    process.exitCode = 70;
  });
  child.on("exit", (code) => {
    process.exitCode = code === null ? 70 : code;
  });
}

/*
 * Compiled sources are kept beside the package, where only its owner writes, so that the second start takes a third of the
 * first's time; the sides that this command starts inherit it. Where nothing can be written, nothing is kept.
 */
process.env.NODE_COMPILE_CACHE ??= join(HERE, "..", ".isobit", "compiled");

if (isNewEnough(process.version)) {
  nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
  await import(pathToFileURL(main).href);
} else {
  const node = newerNode();
  if (node) runOn(node);
  else {
    const wanted = NEEDED.join(".");
    const remedy = isCheckout ? "run `npm install` here" : "install it, or `npm install node@24` in your folder";
    process.stderr.write(
      `isobit needs Node ${wanted} or newer, and this is ${process.version}. Please ${remedy}; isobit then finds it.\n`,
    );
    process.exitCode = 1;
  }
}
