import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import type { BackendStatus } from "#core/backends/backend.ts";
import { ask, refusal } from "../stack/ask.ts";
import { IsobitError, type LibraryError } from "#core/errors.ts";
import type { ServedModel } from "../stack/served-models.ts";
import { SUBJECT_QUERY } from "../stack/subject-query.ts";
import { chooseModel } from "../stack/asked-stack.ts";

/** A peer that a side knows. Written out, because published types must not need gql.tada. */
interface FoundPeer {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly concurrency: number;
  readonly available: boolean;
  readonly reason: string | null;
}

/** What is swept, every name resolved: the same for all images, even if sources come and go meanwhile. */
export interface Subject {
  readonly model: ServedModel;
  /** The backends that are compared. */
  readonly backends: readonly BackendId[];
  readonly peers: readonly string[];
  readonly reference: BackendId;
  /** Status of the backends and peers that are compared. */
  readonly environment: readonly BackendStatus[];
  readonly peerStatuses: readonly FoundPeer[];
}

export interface SubjectWanted {
  readonly backends?: readonly BackendId[];
  readonly peer?: readonly string[];
  readonly reference?: BackendId;
  readonly model?: string;
}

/** Asks a side what it serves, and settles what is compared. @throws IsobitError */
export async function findSubject(url: string, wanted: SubjectWanted, stop: AbortSignal): Promise<Subject> {
  const { data, errors } = await ask(url, { query: SUBJECT_QUERY, variables: {} }, stop);
  if (!data?.health || !data.models) throw refusal(url, errors?.[0]);
  const { health, models } = data;
  const backends = chooseBackends(wanted, health.backends);
  const peers = [...new Set(wanted.peer)];
  return {
    model: chooseModel(wanted.model, models),
    backends,
    peers,
    reference: wanted.reference ?? (["CPU", "WASM"] as const).find((id) => backends.includes(id)) ?? backends[0]!,
    environment: health.backends.filter(({ backend }) => backends.includes(backend)),
    peerStatuses: peers.map((id) => choosePeer(id, health.peers)),
  };
}

/** Thousands of images on a software adapter take hours, so one is compared only if it is named. */
function chooseBackends({ backends, reference }: SubjectWanted, found: readonly BackendStatus[]): readonly BackendId[] {
  const there = (id: BackendId): boolean =>
    found.some(({ backend, available, hardwareGpu }) => backend === id && available && hardwareGpu);
  const chosen = backends ?? BACKEND_IDS.filter((id) => id === "WASM" || id === "CPU" || there(id));
  return [...new Set([...chosen, ...(reference === undefined ? [] : [reference])])];
}

function choosePeer(id: string, peers: readonly FoundPeer[]): FoundPeer {
  const peer = peers.find((each) => each.id === id);
  if (peer !== undefined) return peer;
  const known = peers.map((each) => each.id).join(", ");
  throw badUsage(
    `No peer is called ${JSON.stringify(id)}. ${known === "" ? "None is configured" : `Configured: ${known}`}; PEERS names them when a side is started.`,
  );
}

function badUsage(sentence: string): LibraryError {
  return new IsobitError("BAD_OPTION", sentence);
}
