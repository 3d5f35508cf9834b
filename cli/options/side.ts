import type { Command } from "commander";
import { parseSideUrl } from "../arguments.ts";

/** What decides which stack a command asks, apart from the environment. */
export interface StackOptions {
  readonly url?: string;
  readonly model?: string;
  readonly peer?: readonly string[];
}

/** How the commands that ask a stack choose it, for their help. */
export const STACK_HELP = `The command asks the address given by --url, then EDGE_URL, then the stack on EDGE_PORT. If no stack runs there, or it does
not serve what MODEL, PEERS or ORIGIN_URL ask for, a temporary one is started on free ports. The address and the model
are printed on stderr.`;

/** Adds --url. */
export function addUrlOption(command: Command): Command {
  const help = "address of the edge or origin to ask (default: EDGE_URL, or the stack on EDGE_PORT)";
  return command.option("--url <address>", help, parseSideUrl);
}

/** Adds --model. */
export function addModelOption(command: Command): Command {
  return command.option(
    "--model <model>",
    "id of a served model, or path of an .onnx file (default: the default model)",
  );
}
