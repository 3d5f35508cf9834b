import type { ChildCommand } from "./launch.ts";
import type { StackSettings, Variables } from "./stack-settings.ts";

export interface SideCommands {
  readonly edge: ChildCommand;
  readonly origin: ChildCommand;
}

/** Both sides as they run in production: the built Worker on workerd, the origin as it is. */
export function productionSides({ env, assetsFolder }: StackSettings): SideCommands {
  return {
    edge: nodeCommand("edge", ["edge/serve.ts", "--assets", assetsFolder], env),
    origin: nodeCommand("origin", ["origin/main.ts"], env),
  };
}

/** What the origin is made of. */
const WATCHED = ["origin", "core", "schema", "models"].map((folder) => `--watch-path=./${folder}`);

/** Both sides reloading when a source changes: the Worker under wrangler's development server, the origin watched. */
export function developmentSides({ env, assetsFolder }: StackSettings): SideCommands {
  const watch = ["--import", "./cli/watch-one-process.ts", ...WATCHED, "--watch-preserve-output"];
  return {
    edge: nodeCommand("edge", ["edge/dev.ts", "--assets", assetsFolder], env),
    origin: nodeCommand("origin", [...watch, "origin/main.ts"], env),
  };
}

/** A script of the checkout, which ends when this process does. */
export function nodeCommand(name: string, args: readonly string[], env: Variables): ChildCommand {
  return { name, file: process.execPath, args: ["--import", "./cli/end-with-parent.ts", ...args], env };
}
