import { base64 } from "@scure/base";
import { encode } from "fast-png";
import { isPng } from "#core/image/png/png.ts";
import type { InputRow } from "../inputs/input-set.ts";
import type { DataSet } from "./data-set.ts";
import { MAX_SHOWN_IMAGE_BYTES } from "./limits.ts";
import type { SweepTotals } from "./totals.ts";

/**
 * The image behind each pair's worst row, as base64 PNG by id. Read once more from the data set, as no sweep holds its
 * images; what is neither grey levels nor a small PNG is left out.
 */
export async function worstImages(
  { images, input }: DataSet,
  { pairs }: SweepTotals,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(pairs.flatMap((pair) => pair.worst()[0]?.index ?? []));
  const found = new Map<string, string>();
  if (wanted.size === 0) return found;
  const last = Math.max(...wanted);
  let index = 0;
  for await (const row of images) {
    const png = wanted.has(index) ? pngOf(row, input) : null;
    if (png !== null) found.set(row.id, base64.encode(png));
    if (index++ === last) break;
  }
  return found;
}

function pngOf({ source }: InputRow, { width, height }: DataSet["input"]): Uint8Array | null {
  if (source?.kind === "file") {
    return isPng(source.bytes) && source.bytes.length <= MAX_SHOWN_IMAGE_BYTES ? source.bytes : null;
  }
  if (source?.kind !== "pixels") return null;
  return encode({ width, height, channels: 1, depth: 8, data: Uint8Array.from(source.bytes) });
}
