import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageEntry } from "#core/image/image.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import { findImage } from "#core/validate.ts";
import { ROOT } from "#node/installation.ts";

/** The digits that isobit ships. */
export function builtInImages(): readonly ImageEntry[] {
  return JSON.parse(readFileSync(join(ROOT, "images", "manifest.json"), "utf8")) as readonly ImageEntry[];
}

/** "3,7" and "0-2,7" as ids of built-in images. @throws IsobitError BAD_OPTION for an unknown id or an empty range */
export function builtInIds(text: string): string[] {
  const images = builtInImages();
  const placeOf = (id: string): number => images.indexOf(findImage(id, images));
  try {
    return text.split(",").flatMap((part) => {
      const [, first, last] = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(part) ?? [];
      if (first === undefined || last === undefined) return [findImage(part.trim(), images).id];
      if (placeOf(first) > placeOf(last)) throw new Error(`The range ${part.trim()} ends before it begins.`);
      return images.slice(placeOf(first), placeOf(last) + 1).map(({ id }) => id);
    });
  } catch (error) {
    throw new IsobitError("BAD_OPTION", messageOf(error), { cause: error });
  }
}
