import { isobitAnswersAt } from "./ask.ts";
import { IsobitError } from "#core/errors.ts";
import { IS_CHECKOUT } from "#node/installation.ts";
import type { Interrupt } from "#cli/interrupt.ts";
import { FIND_TIMEOUT_MS } from "./limits.ts";
import { productionSides } from "./side-commands.ts";
import { defaultEdgeUrl, defaultOriginUrl, settingsFrom, type Variables } from "./stack-settings.ts";
import { withStack } from "./stack.ts";

export interface StackWanted {
  /** The side to ask; absent: the one on EDGE_PORT where there is one, else a stack for this request. */
  readonly url?: string;
  readonly variables: Variables;
  readonly interrupt: Interrupt;
}

/** @param origin where the other side of the same stack may be; null where a side was named, which alone is asked */
type StackRequest<Result> = (url: string, stop: AbortSignal, origin: string | null) => Promise<Result>;

/**
 * Asks the side that was named, else the stack that runs, else one that runs for this request only.
 * @throws IsobitError where it cannot be asked; EXIT.INTERRUPTED where a signal came first
 */
export async function onSomeStack<Result>(
  { url, variables, interrupt }: StackWanted,
  request: StackRequest<Result>,
): Promise<Result> {
  const found = url ?? defaultEdgeUrl(variables);
  if (url !== undefined || (await isobitAnswersAt(found, AbortSignal.timeout(FIND_TIMEOUT_MS)))) {
    const origin = url === undefined ? defaultOriginUrl(variables) : null;
    return unlessInterrupted(interrupt, request(found, interrupt.signal, origin));
  }
  const hint = IS_CHECKOUT ? " (the first start builds the Worker)" : "";
  process.stderr.write(`No stack runs at ${found}: starting one for this request${hint}.\n`);
  return onOwnStack(variables, interrupt, request);
}

/** Starts a stack on free ports, asks, and stops it whatever happens. @throws IsobitError */
export async function onOwnStack<Result>(
  variables: Variables,
  interrupt: Interrupt,
  request: StackRequest<Result>,
): Promise<Result> {
  const settings = await settingsFrom({ ...variables, EDGE_PORT: "0", ORIGIN_PORT: "0" });
  const output = {
    // What matters of it comes with the failure, if there is one.
    sideLine: (): void => {},
    event: (sentence: string): void => void process.stderr.write(`${sentence}\n`),
  };
  const asked = (): Promise<Result> => request(settings.edgeUrl, interrupt.signal, settings.originUrl);
  return withStack({ settings, commands: productionSides(settings), output, interrupt }, asked).catch(
    (error: unknown) => {
      if (!(error instanceof IsobitError) || error.code !== "STACK_FAILED") throw error;
      throw new IsobitError("INCOMPLETE", error.message, { cause: error });
    },
  );
}

async function unlessInterrupted<Result>(interrupt: Interrupt, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new IsobitError("ABORTED", "Stopped before there was an answer.", { cause: error });
  }
}
