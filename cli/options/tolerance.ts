import type { Command } from "commander";
import { parseBound, parseUlp } from "../arguments.ts";

/** Adds --abs, --rel and --ulp. @param steps whose steps --ulp counts, for its help, e.g. "float32 steps" */
export function addToleranceOptions(command: Command, steps: string): Command {
  return command
    .option("--abs <bound>", "largest absolute difference that passes", parseBound)
    .option("--rel <bound>", "largest difference that passes, relative to the reference", parseBound)
    .option("--ulp <count>", `largest number of ${steps} that passes`, parseUlp);
}
