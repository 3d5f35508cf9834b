import { cpus, loadavg, totalmem } from "node:os";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./subjects.ts";

const SHOWN = ["onnxruntime-web", "onnxruntime-node", "workerd", "graphql", "graphql-yoga", "autocannon"];

/** On what, with which versions and by which command: without it a figure says nothing. */
export async function machineText(args: readonly string[]): Promise<string> {
  const versions = await Promise.all(SHOWN.map(async (name) => `${name} ${await versionOf(name)}`));
  const command = ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
  const load = loadavg().map((value) => value.toFixed(1));
  return [
    `Date: ${new Date().toISOString().slice(0, 10)}. Command: \`${command}\`.`,
    `Machine: ${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; load before the start ${load.join(", ")} (1, 5, 15 minutes).`,
    `Versions: Node ${process.version}, ${versions.join(", ")}.`,
    "Figures are medians of turns taken A B A B, with the lowest and highest in brackets; a ratio is taken within a turn. Only the ratios carry over to another machine.",
  ].join("\n\n");
}

async function versionOf(name: string): Promise<string> {
  const file = await readFile(join(ROOT, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
