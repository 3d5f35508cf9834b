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

/** Both sides as in production, each started again when a source changes. */
export function developmentSides({ env, assetsFolder }: StackSettings): SideCommands {
  const restarting = scriptPath("node/restart-on-change");
  return {
    edge: nodeCommand("edge", [restarting, "edge/serve", "--assets", assetsFolder], env),
    origin: nodeCommand("origin", [restarting, "origin/main"], env),
  };
}

/** A script that ends when this process does. */
export function nodeCommand(name: string, args: readonly string[], env: Variables): ChildCommand {
  return { name, file: process.execPath, args: ["--import", scriptUrl("node/end-with-parent"), ...args], env };
}
