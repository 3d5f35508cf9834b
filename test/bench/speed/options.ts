import { parseArgs } from "node:util";
import { type Extent, EXTENTS } from "./extent.ts";

export interface Options {
  readonly extent: Extent;
  /** The parts to measure, in their own order. */
  readonly only: readonly string[];
  readonly json: string | undefined;
  readonly out: string | undefined;
  readonly help: boolean;
}

/** @throws Error with a sentence that names the bad option */
export function parseOptions(args: readonly string[], parts: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      only: { type: "string" },
      json: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { quick, full, json, out, help } = values;
  if (quick && full) throw new Error("--quick and --full exclude each other.");
  const named = values.only?.split(",") ?? parts;
  const unknown = named.filter((name) => !parts.includes(name));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(",")}: the parts are ${parts.join(", ")}.`);
  return {
    extent: EXTENTS[quick ? "quick" : full ? "full" : "normal"],
    only: parts.filter((name) => named.includes(name)),
    json,
    out,
    help,
  };
}
