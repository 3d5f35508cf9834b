/** One of the built-in images, as `images/manifest.json` lists it. */
export interface ImageEntry {
  readonly id: string;
  readonly label: string;
  /** File name beside the manifest. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

/** A decoded image: 8-bit RGBA, row-major, not premultiplied. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  /** width * height * 4 bytes. */
  readonly rgba: Uint8Array;
}

/** What to run the model on, after the wire: exactly one of the four. */
export type ImageSource =
  | { readonly kind: "image"; readonly id: string }
  | { readonly kind: "file"; readonly bytes: Uint8Array }
  | { readonly kind: "pixels"; readonly bytes: Uint8Array }
  | { readonly kind: "tensor"; readonly bytes: Uint8Array };
