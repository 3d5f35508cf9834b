import type { ImageEntry } from "#core/image/image.ts";

/**
 * A built-in image by its file's name, as Paragon's callers know it, or by its id. Names are compared with the list
 * and never joined to a path, so that "../secret", "7.png\0" and the like are simply not found.
 */
export function imageNamed(name: string, images: readonly ImageEntry[]): ImageEntry | undefined {
  return images.find(({ file, id }) => file === name || id === name);
}
