#!/usr/bin/env node
/*
 * The `isobit` command, in JavaScript that old versions of Node can run. It runs the sources in a checkout and the built
 * JavaScript in an installed package, on this Node or on a newer one that npm has installed.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { constants } from "node:os";
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

/** npm's package `node` installs Node in this checkout, or next to the installed package. */
function newerNode() {
  for (let folder = HERE; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
    if (existsSync(candidate) && isNewEnough(String(spawnSync(candidate, ["--version"]).stdout).trim()))
      return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Runs the command in a child process; each of the two ends with the other. */
function runOn(node) {
  const guard = pathToFileURL(join(dirname(main), "..", "node", `end-with-parent.${isCheckout ? "ts" : "js"}`)).href;
  const child = spawn(node, ["--import", guard, main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`${node} cannot run isobit: ${error.message}\n`);
    process.exitCode = DEFECT;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code === null ? 128 + constants.signals[signal] : code;
  });
}

/** Exit codes of cli/exit-codes.ts, which an old Node cannot import. */
const INCOMPLETE = 2;
const DEFECT = 70;

async function runHere() {
  try {
    await import(pathToFileURL(main).href);
  } catch (error) {
    process.stderr.write(`isobit cannot be loaded: ${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = DEFECT;
  }
}

/*
 * Compiled code is cached in the package's folder, where only its owner writes: the second start takes a third of the time
 * of the first. The sides that this command starts inherit the setting. If the folder is read-only, nothing is cached.
 */
process.env.NODE_COMPILE_CACHE ??= join(HERE, "..", ".isobit", "compiled");

if (isNewEnough(process.version)) {
  nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
  await runHere();
} else {
  const node = newerNode();
  if (node) runOn(node);
  else {
    const wanted = NEEDED.join(".");
    const remedy = isCheckout ? "Run `npm install` here" : "Install it, or run `npm install node@24` in your folder";
    process.stderr.write(
      `isobit needs Node ${wanted} or newer, and this is ${process.version}. ${remedy}; isobit then finds it.\n`,
    );
    process.exitCode = INCOMPLETE;
  }
}
