import { isobitAnswersAt } from "./ask.ts";
import { IsobitError } from "#core/errors.ts";
import { IS_CHECKOUT } from "#node/installation.ts";
import { FIND_TIMEOUT_MS } from "./limits.ts";
import { servedPreprocessNote } from "./preprocess-note.ts";
import { productionSides } from "./side-commands.ts";
import { defaultEdgeUrl, defaultOriginUrl, settingsFrom, type Variables } from "./stack-settings.ts";
import { withStack } from "./stack.ts";
import type { Stop } from "./stop.ts";

export interface StackWanted {
  /** The side to ask; default: the one on EDGE_PORT if there is one, otherwise a stack for this request. */
  readonly url?: string;
  /** The environment of the sides, e.g. `process.env`. */
  readonly variables: Variables;
  readonly stop: Stop;
  /** Told what happens to the sides, in sentences. */
  tell?(sentence: string): void;
}

/** @param origin where the other side of the same stack may be; null where a side was named, which alone is asked */
type StackRequest<Result> = (url: string, stop: AbortSignal, origin: string | null) => Promise<Result>;

/**
 * Asks the side that was named, otherwise the running stack, otherwise one that runs for this request only.
 * @throws IsobitError where it cannot be asked; ABORTED where the caller ended it
 */
export async function onSomeStack<Result>(
  { url, ...wanted }: StackWanted,
  request: StackRequest<Result>,
): Promise<Result> {
  const found = url ?? defaultEdgeUrl(wanted.variables);
  if (url !== undefined || (await isobitAnswersAt(found, AbortSignal.timeout(FIND_TIMEOUT_MS)))) {
    const origin = url === undefined ? defaultOriginUrl(wanted.variables) : null;
    return unlessAborted(wanted.stop.signal, request(found, wanted.stop.signal, origin));
  }
  const hint = IS_CHECKOUT ? " (the first start builds the Worker)" : "";
  wanted.tell?.(`No stack runs at ${found}: starting one for this request${hint}.`);
  return onOwnStack(wanted, request);
}

/** Starts a stack on free ports, asks, and stops it in every case. @throws IsobitError */
export async function onOwnStack<Result>(
  { variables, stop, tell }: Omit<StackWanted, "url">,
  request: StackRequest<Result>,
): Promise<Result> {
  const settings = await settingsFrom({ ...variables, EDGE_PORT: "0", ORIGIN_PORT: "0" });
  const output = {
    // What matters of it comes with the failure, if there is one.
    sideLine: (): void => {},
    event: (sentence: string): void => tell?.(sentence),
  };
  const note = await servedPreprocessNote(variables);
  if (note !== null) tell?.(note);
  const asked = (): Promise<Result> => request(settings.edgeUrl, stop.signal, settings.originUrl);
  return withStack({ settings, commands: productionSides(settings), output, stop }, asked).catch((error: unknown) => {
    if (!(error instanceof IsobitError) || error.code !== "STACK_FAILED") throw error;
    throw new IsobitError("INCOMPLETE", error.message, { cause: error });
  });
}

async function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new IsobitError("ABORTED", "Stopped before there was an answer.", { cause: error });
  }
}
