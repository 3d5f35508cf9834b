import { IsobitError } from "./errors.ts";

/** Refuses options that a caller without types may give. @throws IsobitError BAD_INPUT */
export function requireOptions<Options extends object>(options: Options): Options {
  if (typeof options === "object" && options !== null) return options;
  throw new IsobitError("BAD_INPUT", `The options are ${String(options)}; they must be an object.`);
}
