import { extname } from "node:path";
import { IsobitError } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { asLibraryError } from "#core/onnx/rejected.ts";
import { IS_CHECKOUT } from "#node/installation.ts";
import { FIND_TIMEOUT_MS } from "./limits.ts";
import { asServed, askModels, type ServedModel } from "./served-models.ts";
import { servedPreprocessNote } from "./preprocess-note.ts";
import { productionSides } from "./side-commands.ts";
import { checkVariables, edgeUrlOf, originUrlOf, settingsFrom, type Variables } from "./stack-settings.ts";
import { withStack } from "./stack.ts";
import type { Stop } from "./stop.ts";
import { type Lack, lackingPeer, lackOfSources } from "./wanted-sources.ts";

export interface StackWanted {
  /** The side to ask. Default: EDGE_URL, then the edge on EDGE_PORT if it serves what is wanted, then a temporary stack. */
  readonly url?: string;
  /** Id of a served model, or path of a model's file. Default: the default model. */
  readonly model?: string;
  /** Ids of peers that the stack must know. */
  readonly peers?: readonly string[];
  /** The environment, e.g. `process.env`: its models, peers and addresses apply to the stack that is asked. */
  readonly variables: Variables;
  readonly stop: Stop;
  /** Takes sentences about the stack: which one is asked, and what happens to its sides. */
  tell?(sentence: string): void;
  /** Checks the request's data before a temporary stack is started. @param model the one that it will serve */
  check?(model: ModelInfo): Promise<void>;
}

/** The stack that a request goes to. */
export interface AskedStack {
  /** The side to ask. */
  readonly url: string;
  /** Where the origin of the same stack may be; null if a side was named: only that side is asked. */
  readonly origin: string | null;
  readonly model: ServedModel;
  /** The model as a query's argument; undefined: the side's default. */
  readonly modelId: string | undefined;
}

type StackRequest<Result> = (asked: AskedStack, stop: AbortSignal) => Promise<Result>;

/**
 * Asks the side that was named, or the running stack, or a temporary one. A stack that does not serve what the options
 * and the environment ask for is never asked in its place.
 * @throws IsobitError if none can be asked; ABORTED if the caller ended it
 */
export async function onSomeStack<Result>(wanted: StackWanted, request: StackRequest<Result>): Promise<Result> {
  const { model, stop, tell } = wanted;
  const isFile = model !== undefined && isPath(model);
  const variables = isFile ? { ...wanted.variables, MODEL: model, MODEL_JSON: undefined } : wanted.variables;
  checkVariables(variables);
  const modelId = isFile ? undefined : model;
  const named = wanted.url ?? (variables["EDGE_URL"] || undefined);
  const url = named ?? edgeUrlOf(variables);
  const catalogue = once(() => loadModels(variables));
  // Preprocessing variables without a model are refused by the same reader.
  const own = MODEL_VARIABLES.some((name) => variables[name]?.trim()) ? (await catalogue())[0] : undefined;
  let why = url === null ? "EDGE_PORT=0 means a new stack" : `No isobit server at ${url}`;
  const running = url === null ? null : await findModels(url, named !== undefined, stop.signal);
  if (url !== null && running !== null) {
    const lack = await lackOf(url, running, own, variables, stop.signal);
    if (lack === null) {
      const origin = named === undefined ? originUrlOf(variables) : null;
      const asked = { url, origin, model: chooseModel(modelId, running), modelId };
      tell?.(askingText(asked));
      return unlessAborted(stop.signal, request(asked, stop.signal));
    }
    if (named !== undefined) {
      const remedy = isFile ? "" : `, or unset ${lack.variable}`;
      throw new IsobitError("BAD_OPTION", `${url} ${lack.text}. Omit the address to start a temporary stack${remedy}.`);
    }
    why = `The server at ${url} ${lack.text}`;
  }
  const temporary = { why, models: await catalogue(), modelId };
  return onTemporaryStack({ ...wanted, variables }, temporary, request);
}

/** Whether a model is named by its path: a stack serves ids. */
export function isPath(model: string): boolean {
  return [".onnx", ".json"].includes(extname(model).toLowerCase()) || /[\\/]/.test(model);
}

/** @throws IsobitError BAD_OPTION for a model that is not served */
export function chooseModel<Model extends { readonly id: string }>(
  id: string | undefined,
  models: readonly Model[],
): Model {
  const model = id === undefined ? models[0] : models.find((each) => each.id === id);
  if (model !== undefined) return model;
  throw new IsobitError(
    "BAD_OPTION",
    `No model is called ${JSON.stringify(id)}. Served: ${models.map((each) => each.id).join(", ")}. For your own model, give its path.`,
  );
}

/** Checks the request, starts a stack on free ports, asks it, and always stops it. @throws IsobitError */
async function onTemporaryStack<Result>(
  { variables, stop, tell, peers, check }: StackWanted,
  { why, models, modelId }: { why: string; models: readonly ModelInfo[]; modelId: string | undefined },
  request: StackRequest<Result>,
): Promise<Result> {
  if (variables["ORIGIN_URL"])
    throw new IsobitError(
      "BAD_OPTION",
      `${why}, and a temporary stack cannot use ORIGIN_URL: it starts its own origin. Unset ORIGIN_URL, or start an edge that uses it.`,
    );
  const model = chooseModel(modelId, models);
  const peer = lackingPeer(peers, variables);
  if (peer !== null) throw new IsobitError("BAD_OPTION", peer);
  await check?.(model);
  const hint = IS_CHECKOUT ? " (the first start builds the Worker)" : "";
  tell?.(`${why}; starting a temporary one${hint}.`);
  const note = await servedPreprocessNote(variables);
  if (note !== null) tell?.(note);
  const settings = await settingsFrom({ ...variables, EDGE_PORT: "0", ORIGIN_PORT: "0" });
  // The sides' own lines come with the failure, if there is one.
  const output = { sideLine: (): void => {}, event: (sentence: string): void => tell?.(sentence) };
  const asked = { url: settings.edgeUrl, origin: settings.originUrl, model: asServed(model), modelId };
  const work = (): Promise<Result> => {
    tell?.(askingText(asked));
    return request(asked, stop.signal);
  };
  return withStack({ settings, commands: productionSides(settings), output, stop }, work).catch((error: unknown) => {
    if (!(error instanceof IsobitError) || error.code !== "STACK_FAILED") throw error;
    throw new IsobitError("INCOMPLETE", error.message, { cause: error });
  });
}

const MODEL_VARIABLES = ["MODEL", "MODEL_JSON", "MODEL_SCALE", "MODEL_MEAN", "MODEL_STD", "MODEL_INVERT"] as const;

/** The models that a stack with this environment would serve now. @throws IsobitError if one cannot be served */
export async function loadModels(variables: Variables): Promise<readonly ModelInfo[]> {
  // Loaded by the request that needs it, because it loads the certifier.
  const { loadServedModels } = await import("../../models/load.ts");
  try {
    return (await loadServedModels(variables)).map(({ info }) => info);
  } catch (error) {
    throw asLibraryError(error);
  }
}

/** @returns null if no isobit server is there and none was named. @throws IsobitError if one was named */
async function findModels(url: string, isNamed: boolean, stop: AbortSignal): Promise<readonly ServedModel[] | null> {
  if (isNamed) return await unlessAborted(stop, askModels(url, stop));
  return await askModels(url, AbortSignal.any([stop, AbortSignal.timeout(FIND_TIMEOUT_MS)])).catch(() => null);
}

/** The stack that a request with this environment would find, in words; null: none runs. */
export async function findStack(variables: Variables): Promise<string | null> {
  const url = variables["EDGE_URL"] || edgeUrlOf(variables);
  const [model] = (url === null ? null : await findModels(url, false, new AbortController().signal)) ?? [];
  return model === undefined ? null : `${url} serves ${modelText(model)} by default`;
}

/** What the environment asks for and the running stack does not serve; null: nothing. */
async function lackOf(
  url: string,
  [served]: readonly ServedModel[],
  own: ModelInfo | undefined,
  variables: Variables,
  stop: AbortSignal,
): Promise<Lack | null> {
  if (own !== undefined && served !== undefined && JSON.stringify(served) !== JSON.stringify(asServed(own))) {
    const variable = variables["MODEL"]?.trim() ? "MODEL" : "MODEL_JSON";
    const path = variables[variable];
    const text =
      served.executedSha256 === own.executedSha256
        ? `serves ${modelText(served)} with another id, other labels or other preprocessing than ${path} has now`
        : `serves ${modelText(served)} by default, not ${path} as it is now (sha256 ${own.sha256.slice(0, 12)})`;
    return { variable, text };
  }
  return await lackOfSources(url, variables, stop);
}

function askingText({ url, model }: AskedStack): string {
  return `Asking ${url}: model ${modelText(model)}.`;
}

function modelText({ id, sha256 }: ServedModel): string {
  return `${id} (sha256 ${sha256.slice(0, 12)})`;
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

async function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new IsobitError("ABORTED", "Stopped before a result was available.", { cause: error });
  }
}
