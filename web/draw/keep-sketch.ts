import { messageOf } from "#core/errors.ts";
import type { Size } from "#core/image/sketch/centre.ts";
import { keep } from "../history/store.ts";
import type { Model } from "../queries.ts";
import { compareRows } from "../answers/compare.ts";
import type { LiveState } from "../answers/live.ts";

/** @returns why the sketch was not kept, or null where it was or there is nothing to keep yet */
export async function keepSketch(id: string, model: Model, size: Size, live: LiveState): Promise<string | null> {
  const rows = [...live.rows.values()].filter(({ number }) => number === live.number).map(({ row }) => row);
  if (!live.request || !rows.some(({ ok }) => ok)) return null;
  const now = Date.now();
  try {
    await keep({
      id,
      createdAt: now,
      answeredAt: now,
      model: model.id,
      modelSha256: model.sha256,
      ...size,
      pixels: live.request.pixels,
      verdict: compareRows(rows).verdict,
      rows,
    });
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
