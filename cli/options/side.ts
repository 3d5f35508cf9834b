import type { Command } from "commander";
import { parseSideUrl } from "../arguments.ts";

/** Adds --url. */
export function addUrlOption(command: Command): Command {
  const help = "the side to ask; else the stack on EDGE_PORT, else one started for this command";
  return command.option("--url <address>", help, parseSideUrl);
}

/** Adds --model. @param values what it takes, for its help */
export function addModelOption(command: Command, values = "id of a served model"): Command {
  return command.option("--model <id>", `${values}; else the default model`);
}
