import { scriptPath, scriptUrl } from "#node/installation.ts";
import type { ChildCommand } from "./launch.ts";
import type { StackSettings, Variables } from "./stack-settings.ts";

export interface SideCommands {
  readonly edge: ChildCommand;
  readonly origin: ChildCommand;
}

/** Both sides as they run in production: the built Worker on workerd, the origin as it is. */
export function productionSides({ env, assetsFolder }: StackSettings): SideCommands {
  return {
    edge: nodeCommand("edge", [scriptPath("edge/serve"), "--assets", assetsFolder], env),
    origin: nodeCommand("origin", [scriptPath("origin/main")], env),
  };
}

/** What the origin is made of. */
const WATCHED = ["origin", "core", "schema", "models"].map((folder) => `--watch-path=./${folder}`);

/** Both sides reloading when a source changes: the Worker under wrangler's development server, the origin watched. */
export function developmentSides({ env, assetsFolder }: StackSettings): SideCommands {
  const watch = ["--import", scriptUrl("node/watch-one-process"), ...WATCHED, "--watch-preserve-output"];
  return {
    edge: nodeCommand("edge", [scriptPath("edge/dev"), "--assets", assetsFolder], env),
    origin: nodeCommand("origin", [...watch, scriptPath("origin/main")], env),
  };
}

/** A script that ends when this process does. */
export function nodeCommand(name: string, args: readonly string[], env: Variables): ChildCommand {
  return { name, file: process.execPath, args: ["--import", scriptUrl("node/end-with-parent"), ...args], env };
}
