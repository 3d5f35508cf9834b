import { BACKENDS } from "#core/backends.ts";
import { compareRows } from "../answers/compare.ts";
import { addressOf } from "../route.ts";
import type { HistoryEntry } from "./entry.ts";

/**
 * The address of a saved sketch's trace: the reference against the backend that differs most. This browser's own
 * runtimes cannot be traced.
 */
export function traceAddress({ id, model, rows }: Pick<HistoryEntry, "id" | "model" | "rows">): string {
  const { reference, rows: compared } = compareRows(rows.filter(({ source }) => Object.hasOwn(BACKENDS, source)));
  const others = compared.filter(({ drift }) => drift !== null);
  const distance = ({ drift }: (typeof others)[number]) =>
    drift === null || drift.differingElements === 0 ? 0 : (drift.maxUlp ?? Number.POSITIVE_INFINITY);
  const [furthest] = others.toSorted((left, right) => distance(right) - distance(left));
  return addressOf("trace", { sketch: id, a: furthest ? reference : null, b: furthest?.row.source ?? null, model });
}
