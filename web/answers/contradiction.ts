import type { BackendStatus } from "../queries.ts";
import type { LiveState } from "./live.ts";

/** The errors of a backend that is gone, or of the side that runs it. */
const GONE = new Set(["ORIGIN_UNREACHABLE", "BACKEND_UNAVAILABLE", "EDGE_UNREACHABLE"]);

/**
 * The backends whose results for the current request contradict their listed status; "" if there are none.
 * @param statuses undefined if none arrived
 */
export function contradictionOf(
  { rows, number, failures }: Pick<LiveState, "rows" | "number" | "failures">,
  statuses: readonly Pick<BackendStatus, "backend" | "available">[] | undefined,
): string {
  const current = [...rows.values()].filter((each) => each.number === number).map(({ row }) => row);
  if (!statuses) return current.some(({ ok }) => ok) && number > 0 ? "no statuses" : "";
  if (failures.some(({ code }) => code === "EDGE_UNREACHABLE")) return "no edge";
  return statuses
    .filter(({ backend, available }) => {
      const row = current.find(({ source }) => source === backend);
      return row !== undefined && (row.ok ? !available : available && GONE.has(row.code));
    })
    .map(({ backend }) => backend)
    .join();
}
