import { type Command, InvalidArgumentError, Option } from "commander";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { INVERT_HELP } from "../image-argument.ts";

/** --scale, --mean, --std and --invert. */
export type PreprocessOptions = { readonly [Key in keyof Preprocess]?: Preprocess[Key] };

/** Adds --scale, --mean, --std and --invert. @param defaultScale the scale without --scale, for its help, e.g. "1/255" */
export function addPreprocessOptions(command: Command, defaultScale?: string): Command {
  const fallback = defaultScale === undefined ? "" : ` (default: ${defaultScale})`;
  return command
    .addOption(
      new Option("--scale <factor>", `factor of the grey levels, e.g. 1 or 1/256${fallback}`).argParser(parseScale),
    )
    .addOption(
      new Option("--mean <numbers>", "subtracted after scaling: one number, or one per channel").argParser(
        parseNumbers,
      ),
    )
    .addOption(
      new Option("--std <numbers>", "divisor after that: one number, or one per channel").argParser(parseDeviations),
    )
    .option("--invert", INVERT_HELP);
}

/* Each parser throws commander's InvalidArgumentError, which names the option. */

/** "1", "0.00390625", "1/256" */
function parseScale(text: string): number {
  const scale = quotient(text);
  if (scale !== 0) return scale;
  throw new InvalidArgumentError("It must be a number other than 0, e.g. 1 or 1/256.");
}

/** "0.5" or "0.485,0.456,0.406" */
function parseNumbers(text: string): readonly number[] {
  return text.split(",").map(quotient);
}

function parseDeviations(text: string): readonly number[] {
  const deviations = parseNumbers(text);
  if (deviations.every((deviation) => deviation > 0)) return deviations;
  throw new InvalidArgumentError("It must be above 0.");
}

function quotient(text: string): number {
  const parts = text.split("/").map((part) => part.trim());
  const value = Number(parts[0]) / Number(parts[1] ?? "1");
  if (parts.length <= 2 && !parts.includes("") && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a finite number, e.g. 0.5 or 1/256; separate several by commas.");
}
