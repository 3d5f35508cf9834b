/** The anchor of an image's row. */
export function rowId(image: string): string {
  return `image-${encodeURIComponent(image)}`;
}
