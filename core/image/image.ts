/** One of the built-in images, as `images/manifest.json` lists it. */
export interface ImageEntry {
  readonly id: string;
  readonly label: string;
  /** File name, in the manifest's folder. */
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

/** A source of grey levels. */
export type LevelSource =
  | { readonly kind: "image"; readonly id: string }
  | { readonly kind: "file"; readonly bytes: Uint8Array }
  | { readonly kind: "pixels"; readonly bytes: Uint8Array };

/** A source without inversion. */
export type PlainSource = LevelSource | { readonly kind: "tensor"; readonly bytes: Uint8Array };

/** What to run the model on. Each level g of an inverted source becomes 255 - g. */
export type ImageSource = PlainSource | { readonly kind: "inverted"; readonly source: LevelSource };
