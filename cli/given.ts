import type { Tolerance } from "#core/verdicts/drift.ts";

/** Leaves out options that were not given, so that the callee's defaults hold. */
export function given<Options extends object>(
  options: Options,
): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]?: NonNullable<Options[Key]>;
  };
}

/** The tolerance of --abs, --rel and --ulp; undefined: bits must be equal. */
export function givenTolerance({
  abs,
  rel,
  ulp,
}: {
  readonly abs?: number | undefined;
  readonly rel?: number | undefined;
  readonly ulp?: number | undefined;
}): Tolerance | undefined {
  return abs === undefined && rel === undefined && ulp === undefined ? undefined : given({ abs, rel, ulp });
}
