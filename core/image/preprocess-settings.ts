/** How grey levels 0-255 become the numbers a model takes: value = (grey * scale - mean) / std, per channel. */
export interface Preprocess {
  readonly scale: number;
  /** One per channel. */
  readonly mean: readonly number[];
  /** One per channel. */
  readonly std: readonly number[];
  /** True: ink is dark in the image itself, so a grey level g counts as 255 - g. */
  readonly invert: boolean;
}
