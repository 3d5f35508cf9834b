import { messageOf } from "#core/errors.ts";
import { asFailures, type Failure } from "../failures.ts";
import { providerOf } from "./providers.ts";
import { compareRows } from "../answers/compare.ts";
import type { AnswerRow, SketchRequest } from "../answers/source.ts";

/**
 * Certificates that this browser's rows violate: the sides check only their own rows. The certificate is loaded only if
 * a bit differs, which never happens with an exact model.
 * @returns one alarm per violated certificate, or one if the certificate cannot be loaded
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
    const message = `The model's certificate, which may rule out this difference, could not be loaded: ${messageOf(error)}`;
    return asFailures({ code: "BACKEND_UNAVAILABLE", message });
  }
}
