import type { BackendStatus } from "#core/backends/backend.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import type { InputSet } from "../inputs/input-set.ts";
import { count as counted } from "../report/numbers.ts";
import { ownVersion } from "../report/own-version.ts";
import type { DataSet } from "./data-set.ts";
import type { Subject } from "./subject.ts";

/** The first line of a results file: everything that its rows depend on. */
export interface SweepHeader {
  readonly format: "isobit-sweep";
  /** A reader that knows 1 may count on its keys keeping their names and meanings. */
  readonly version: 1;
  readonly isobit: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly model: Pick<Subject["model"], "id" | "sha256" | "executedSha256" | "labels" | "preprocess">;
  readonly dataSet: { readonly description: string; readonly images: number; readonly sha256: string };
  readonly reference: string;
  readonly sources: readonly SweptSource[];
  readonly tolerance: Tolerance | null;
}

/** A backend and where it runs, a peer, or one of either that was not there when the sweep began. */
type SweptSource =
  | (Pick<
      BackendStatus,
      "side" | "executionProvider" | "runtime" | "runtimeVersion" | "optimizationLevel" | "device"
    > & { readonly source: string })
  | { readonly source: string; readonly protocol: string; readonly url: string }
  | { readonly source: string; readonly available: false };

export function headerOf(subject: Subject, { images, sha256 }: DataSet, tolerance: Tolerance | null): SweepHeader {
  const { id, sha256: modelSha256, executedSha256, labels, preprocess } = subject.model;
  return {
    format: "isobit-sweep",
    version: 1,
    isobit: ownVersion(),
    startedAt: new Date().toISOString(),
    model: { id, sha256: modelSha256, executedSha256, labels, preprocess },
    dataSet: describe(images, sha256),
    reference: subject.reference,
    sources: [
      ...subject.environment.map(backendSource),
      ...subject.peerStatuses.map(({ id: source, protocol, url }) => ({ source, protocol, url })),
    ],
    tolerance,
  };
}

function backendSource({ backend: source, available, ...status }: BackendStatus): SweptSource {
  if (!available) return { source, available };
  const { side, executionProvider, runtime, runtimeVersion, optimizationLevel, device } = status;
  return { source, side, executionProvider, runtime, runtimeVersion, optimizationLevel, device };
}

function describe({ description, count }: InputSet, sha256: string): SweepHeader["dataSet"] {
  return { description, images: count, sha256 };
}

/**
 * Why rows of an earlier sweep cannot be added to those of this one: the first thing in which the two differ. Null
 * where nothing does.
 */
export function contradiction(then: SweepHeader, now: SweepHeader): string | null {
  const was = (what: string, before: unknown, today: unknown): string =>
    `its ${what} was ${before}, and now it is ${today}`;
  if (then.isobit !== now.isobit) return was("isobit", then.isobit, now.isobit);
  if (then.model.executedSha256 !== now.model.executedSha256)
    return was("model", nameOf(then.model), nameOf(now.model));
  if (!same(then.model, now.model))
    return `its model ${then.model.id} had other labels, another id or took its images in another way`;
  if (then.dataSet.sha256 !== now.dataSet.sha256 || then.dataSet.images !== now.dataSet.images)
    return was("data set", dataSetName(then), dataSetName(now));
  const [before, today] = [then, now].map(({ sources }) => sources.map(({ source }) => source).join(", "));
  if (before !== today) return was("sources", before, today);
  if (then.reference !== now.reference) return was("reference", then.reference, now.reference);
  if (!same(then.tolerance, now.tolerance))
    return was("tolerance", JSON.stringify(then.tolerance), JSON.stringify(now.tolerance));
  const other = then.sources.find((source, place) => !agree(source, now.sources[place]!));
  if (other === undefined) return null;
  const current = now.sources[then.sources.indexOf(other)];
  return `its ${other.source} was ${JSON.stringify(other)}, and now it is ${JSON.stringify(current)}`;
}

/** For a missing source, the file records only that it has no answers. */
function agree(then: SweptSource, now: SweptSource): boolean {
  return "available" in then || "available" in now || same(then, now);
}

function nameOf({ id, executedSha256 }: SweepHeader["model"]): string {
  return `${id} (${executedSha256.slice(0, 12)})`;
}

function dataSetName({ dataSet: { description, images, sha256 } }: SweepHeader): string {
  return `${counted(images, "image")} of ${description} (${sha256.slice(0, 12)})`;
}

/** Both come from the same code, so that their keys have one order. */
function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
