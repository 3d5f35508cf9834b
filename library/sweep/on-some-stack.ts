import { extname } from "node:path";
import { IsobitError } from "#core/errors.ts";
import type { Interrupt } from "#cli/interrupt.ts";
import { onOwnStack, onSomeStack } from "../stack/own-stack.ts";
import type { Variables } from "../stack/stack-settings.ts";
import { type Sweep, sweepOn, type SweepState, type SweepWanted } from "./run.ts";

/**
 * On the stack that runs, or on one of its own; whatever ends it early, its file is whole and how to go on is said.
 * @throws IsobitError; EXIT.INTERRUPTED after Ctrl-C
 */
export async function sweepOnSomeStack(
  wanted: SweepWanted,
  context: {
    readonly url: string | undefined;
    readonly variables: Variables;
    readonly interrupt: Interrupt;
    /** What was typed after `isobit`, to say how to go on. */
    readonly commandLine: readonly string[];
  },
): Promise<Sweep> {
  const { url: asked, variables, interrupt, commandLine } = context;
  const state: SweepState = { started: null };
  let work: Promise<Sweep> | undefined;
  const { model } = wanted;
  const ask = (edge: string, stop: AbortSignal, origin: string | null): Promise<Sweep> => {
    const { model: _, ...byDefault } = wanted;
    const own = model !== undefined && isPath(model) ? byDefault : wanted;
    return (work = sweepOn({ edge, origin }, own, { stop, state }));
  };
  try {
    if (model !== undefined && isPath(model)) {
      if (asked !== undefined)
        throw new IsobitError(
          "BAD_OPTION",
          `${model} is a file, which a running stack does not serve. Leave out --url.`,
        );
      return await onOwnStack({ ...variables, MODEL: model, MODEL_JSON: undefined }, interrupt, ask);
    }
    return await onSomeStack({ ...(asked !== undefined && { url: asked }), variables, interrupt }, ask);
  } catch (error) {
    // The stack may be gone before the sweep has heard of it, and its file must be closed first.
    await work?.catch(() => {});
    throw endedEarly(error, state, interrupt, commandLine);
  }
}

function endedEarly(
  error: unknown,
  { started }: SweepState,
  { signal }: Interrupt,
  commandLine: readonly string[],
): unknown {
  const code = signal.aborted ? "ABORTED" : error instanceof IsobitError ? error.code : null;
  if (code === null || started === null) return error;
  const { path, images, totals } = started;
  const why = signal.aborted || !(error instanceof Error) ? "Stopped." : error.message;
  const command = ["isobit", ...withoutResume(commandLine), "--resume", path].map(shellWord).join(" ");
  const done = `${totals.count} of ${images} images are done. Go on with:\n  ${command}`;
  return new IsobitError(code, `${why} ${done}`, { cause: error });
}

function withoutResume(args: readonly string[]): string[] {
  return args.filter((arg, place) => !/^--resume(=|$)/.test(arg) && args[place - 1] !== "--resume");
}

/** As a POSIX shell reads it back. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A stack serves ids; what looks like a path is a file. */
function isPath(model: string): boolean {
  return [".onnx", ".json"].includes(extname(model).toLowerCase()) || /[\\/]/.test(model);
}
