import { scriptPath, scriptUrl } from "#node/installation.ts";
import { readVariable } from "#core/variables.ts";
import type { ChildCommand } from "./launch.ts";
import { STOP_GRACE_MS, STOP_MARGIN_MS } from "./limits.ts";
import type { StackSettings, Variables } from "./stack-settings.ts";

export interface SideCommands {
  readonly edge: ChildCommand;
  readonly origin: ChildCommand;
}

/** Both sides as they run in production: the built Worker on workerd, the origin as it is. */
export function productionSides({ env, assetsFolder }: StackSettings): SideCommands {
  return {
    edge: nodeCommand("edge", [scriptPath("edge/serve"), "--assets", assetsFolder], env),
    origin: { ...nodeCommand("origin", [scriptPath("origin/main")], env), stopGraceMs: stopGraceMs(env) },
  };
}

function stopGraceMs(env: Variables): number {
  const secondsOf = (name: "DRAIN_SECONDS" | "GRACE_SECONDS"): number =>
    readVariable(name, env, (url) => URL.parse(url));
  return Math.max(STOP_GRACE_MS, (secondsOf("DRAIN_SECONDS") + secondsOf("GRACE_SECONDS")) * 1000 + STOP_MARGIN_MS);
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
