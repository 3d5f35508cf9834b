import { type BackendId, isGpuBackend } from "#core/backends.ts";
import {
  MEMORY_USES,
  type MemoryUse,
  type OptimizationLevel,
  type SessionSettings,
} from "#core/backends/runner-messages.ts";
import { IsobitError } from "#core/errors.ts";

/** One way in which a model is run. */
export interface Source extends SessionSettings {
  /** "CPU", "CPU level=all", "WASM batch=8", "CPU digits.onnx", … */
  readonly name: string;
  readonly backend: BackendId;
  /** Index of its model. */
  readonly model: number;
  /** Version of ONNX Runtime; null for isobit's own. */
  readonly version: string | null;
  /** Inputs in one run. */
  readonly batch: number;
  /** Counted from 1: another one is a new session with the same settings. */
  readonly session: number;
  /** Counted from 1: another one runs the same session again. */
  readonly run: number;
}

/** What is varied on each backend; absent: not varied. */
export interface Sweeps {
  /** Versions of ONNX Runtime; the first is what the others are compared with. */
  readonly versions?: readonly string[];
  readonly levels?: readonly OptimizationLevel[];
  readonly threads?: readonly number[];
  readonly batch?: readonly number[];
  /** Runs of one session. */
  readonly repeats?: number;
  readonly sessions?: number;
  /** The runtime's arena and memory patterns, on and off. */
  readonly memory?: boolean;
  /** Every combination, instead of each varied alone. */
  readonly product: boolean;
  /** Each alone, and all of them together at each level; no backend is compared with another. */
  readonly stable?: boolean;
}

export interface SourceRequest {
  readonly backends: readonly BackendId[];
  /** One or two, by what to call them. */
  readonly models: readonly string[];
  readonly sweeps: Sweeps;
  /** The inputs bring the answers that they expect. */
  readonly expected: boolean;
  /** A source's name; absent: see planSources. */
  readonly reference?: string;
}

/** What the data set says the answer is. */
export const EXPECTED = "expected";

/** Two names, the reference first. */
export interface SourcePair {
  readonly reference: string;
  readonly other: string;
}

export interface SourcePlan {
  readonly sources: readonly Source[];
  readonly pairs: readonly SourcePair[];
  readonly reference: string;
  readonly notes: readonly string[];
}

/** As the models are served. */
const SERVED = Object.freeze({
  version: null,
  level: "extended",
  threads: null,
  memory: "default",
  batch: 1,
  session: 1,
  run: 1,
} as const);

type Settings = Pick<Source, keyof typeof SERVED>;

/**
 * What runs, and what is compared with what. Unless a reference is named, backends are compared with CPU (else WASM, else
 * the first), what is varied on a backend with that backend as it serves, and of two models the second with the first on
 * each backend.
 * @throws IsobitError for a reference that is none of the sources
 */
export function planSources(request: SourceRequest): SourcePlan {
  const { backends, models, sweeps, expected, reference } = request;
  const sources = backends.flatMap((backend) =>
    models.flatMap((label, model) =>
      settingsOf(backend, sweeps).map((settings): Source => {
        const name = [backend, ...(models.length > 1 ? [label] : []), ...differences(settings)].join(" ");
        return { name, backend, model, ...settings };
      }),
    ),
  );
  const names = [...sources.map(({ name }) => name), ...(expected ? [EXPECTED] : [])];
  const first = firstOf(sources, backends)?.name ?? EXPECTED;
  if (reference === undefined)
    return { sources, pairs: ownPairs(sources, first, request), reference: first, notes: notesOf(request) };
  const named = names.find((name) => name.toLowerCase() === reference.toLowerCase());
  if (named === undefined)
    throw new IsobitError(
      "BAD_OPTION",
      `The reference ${JSON.stringify(reference)} is not one of the sources: ${names.join(", ")}.`,
    );
  const pairs = names.filter((name) => name !== named).map((other) => ({ reference: named, other }));
  return { sources, pairs, reference: named, notes: notesOf(request) };
}

/** The session of a source: those with equal keys share one. */
export function sessionKey({ model, level, threads, memory, session }: Source): string {
  return [model, level, threads ?? "default", memory, session].join("/");
}

export function sessionSettings({ level, threads, memory }: Source): SessionSettings {
  return { level, threads, memory };
}

/** Sources with equal keys share a process. */
export function runnerKey({ backend, version }: Pick<Source, "backend" | "version">): string {
  return version === null ? backend : `${backend} ort=${version}`;
}

function firstOf(sources: readonly Source[], backends: readonly BackendId[]): Source | undefined {
  const backend = (["CPU", "WASM"] as const).find((id) => backends.includes(id)) ?? backends[0];
  return sources.find((source) => source.backend === backend);
}

function ownPairs(
  sources: readonly Source[],
  first: string,
  { expected, sweeps }: SourceRequest,
): readonly SourcePair[] {
  const pairs = sources.flatMap((source): SourcePair[] => {
    const base = sources.find(({ backend, model }) => backend === source.backend && model === source.model);
    if (base !== undefined && base !== source) return [{ reference: base.name, other: source.name }];
    const sameBackend = sources.find(({ backend }) => backend === source.backend);
    if (source.model > 0) return sameBackend ? [{ reference: sameBackend.name, other: source.name }] : [];
    // Of two models or versions each backend has its own pair; across backends there would be two reasons to differ.
    const isOwnPair = sources.some(({ model, version }) => model > 0 || version !== null) || sweeps.stable;
    return source.name === first || isOwnPair ? [] : [{ reference: first, other: source.name }];
  });
  return expected && first !== EXPECTED ? [...pairs, { reference: first, other: EXPECTED }] : pairs;
}

/** The base first, then what is varied, each once. */
function settingsOf(backend: BackendId, sweeps: Sweeps): readonly Settings[] {
  const axes = axesOf(backend, sweeps);
  const base: Settings = { ...SERVED, version: sweeps.versions?.[0] ?? null };
  const alone = axes.flatMap((axis) => axis.map((one): Settings => ({ ...base, ...one })));
  const settings = sweeps.product
    ? axes.reduce<Settings[]>((some, axis) => some.flatMap((each) => axis.map((one) => ({ ...each, ...one }))), [base])
    : [...alone, ...(sweeps.stable ? together(alone, base) : [])];
  const unique = new Map([base, ...settings].map((each) => [differences(each).join(" "), each]));
  return [...unique.values()];
}

/** At each level, everything else as far from the base as it is varied. */
function together(alone: readonly Settings[], base: Settings): readonly Settings[] {
  const levels = new Set(alone.map(({ level }) => level));
  const furthest = alone.reduce<Settings>(
    (far, { threads, batch, memory, session, run }) => ({
      ...base,
      threads: Math.max(far.threads ?? 0, threads ?? 0) || null,
      batch: Math.max(far.batch, batch),
      memory: memory === base.memory ? far.memory : memory,
      session: Math.max(far.session, session),
      run: Math.max(far.run, run),
    }),
    base,
  );
  return [...levels].map((level) => ({ ...furthest, level }));
}

/** The base belongs to every axis. */
function axesOf(
  backend: BackendId,
  { versions, levels, threads, batch, repeats, sessions, memory }: Sweeps,
): readonly Partial<Settings>[][] {
  const axes: readonly Partial<Settings>[][] = [
    (versions ?? []).map((version) => ({ version })),
    (levels ?? []).map((level) => ({ level })),
    // One thread is all that a Worker has, and a GPU's work is not divided among the CPU's.
    backend === "CPU" ? (threads ?? []).map((each) => ({ threads: each })) : [],
    // Both settings are those of the processor's memory.
    memory === true && !isGpuBackend(backend) ? MEMORY_USES.map((each: MemoryUse) => ({ memory: each })) : [],
    (batch ?? []).map((each) => ({ batch: each })),
    countUp(sessions).map((session) => ({ session })),
    countUp(repeats).map((run) => ({ run })),
  ];
  return axes.map((axis) => [{}, ...axis]);
}

function countUp(to: number | undefined): readonly number[] {
  return Array.from({ length: to ?? 0 }, (_, index) => index + 1);
}

function differences({ version, level, threads, memory, batch, session, run }: Settings): readonly string[] {
  return [
    ...(version === null ? [] : [`ort=${version}`]),
    ...(level === SERVED.level ? [] : [`level=${level}`]),
    ...(threads === null ? [] : [`threads=${threads}`]),
    ...(memory === SERVED.memory ? [] : [memory]),
    ...(batch === 1 ? [] : [`batch=${batch}`]),
    ...(session === 1 ? [] : [`session ${session}`]),
    ...(run === 1 ? [] : [`run ${run}`]),
  ];
}

function notesOf({ backends, sweeps }: SourceRequest): readonly string[] {
  const others = backends.filter((backend) => backend !== "CPU");
  if (sweeps.threads === undefined || others.length === 0) return [];
  return [
    `Threads are varied on CPU alone: a Worker has one, and GPUs do not share out the CPU's (${others.join(", ")}).`,
  ];
}
