import type { Command } from "commander";
import { parseBackend, parseBackends, parseIds } from "../arguments.ts";

/** Adds --backends. @param others which backends run without it, apart from WASM and CPU, for its help */
export function addBackendsOption(command: Command, others: string): Command {
  return command.option(
    "--backends <names>",
    `comma-separated, e.g. WASM,CPU (default: WASM, CPU and ${others})`,
    parseBackends,
  );
}

/** Adds --backends, --peer and --reference of a command that asks a stack. */
export function addSourceOptions(command: Command, others: string): Command {
  return addBackendsOption(command, others)
    .option("--peer <ids>", "other services to compare, by their ids in PEERS, e.g. go,triton", parseIds)
    .option("--reference <backend>", "what the others are compared with (default: CPU)", parseBackend);
}
