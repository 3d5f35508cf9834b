import { messageOf } from "#core/errors.ts";
import { asFailures, type Failure } from "../failures.ts";
import { providerOf } from "./providers.ts";
import { compareRows } from "../answers/compare.ts";
import type { AnswerRow, SketchRequest } from "../answers/source.ts";

/**
 * The sides raise the alarm for their own rows; for this browser's it is raised here. What was proved is looked up only
 * where a bit differs, which with an exact model is never.
 * @returns one alarm a broken certificate; where the proof cannot be looked up, that
 */
export async function browserAlarms(request: SketchRequest, rows: readonly AnswerRow[]): Promise<readonly Failure[]> {
  const differs = compareRows(rows).rows.some(
    ({ row, drift }) => providerOf(row.source) !== undefined && (drift?.differingElements ?? 0) > 0,
  );
  if (!differs) return [];
  try {
    const { brokenByBrowser } = await import("./sketch-certificate.ts");
    return await brokenByBrowser(request, rows);
  } catch (error) {
    const message = `Whether a certificate rules this difference out could not be looked up: ${messageOf(error)}`;
    return asFailures({ code: "BACKEND_UNAVAILABLE", message });
  }
}
