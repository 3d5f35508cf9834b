import type { Tolerance } from "#core/verdicts/drift.ts";

/** Leaves out what was not given, so that the default of the callee stands. */
export function given<Options extends object>(
  options: Options,
): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]?: NonNullable<Options[Key]>;
  };
}

/** What --abs, --rel and --ulp say; undefined: bits must be equal. */
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
