import type { Command } from "commander";
import { parseBackend, parseBackends, parseIds } from "../arguments.ts";

/** Adds --backends. @param others which backends run beside WASM and CPU without it, for its help */
export function addBackendsOption(command: Command, others: string): Command {
  return command.option("--backends <names>", `e.g. WASM,CPU; else WASM, CPU and ${others}`, parseBackends);
}

/** Adds --backends, --peer and --reference of a command that asks a side. */
export function addSourceOptions(command: Command, others: string): Command {
  return addBackendsOption(command, others)
    .option("--peer <ids>", "services that PEERS names on that side, beside the backends, e.g. go,triton", parseIds)
    .option("--reference <backend>", "what the others are compared with; else CPU", parseBackend);
}
