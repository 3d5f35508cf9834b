/** Reads a file next to the model's, by its path relative to it; undefined if there is none. */
export type ReadExternal = (location: string) => Promise<Uint8Array | undefined>;

/** A file of weights that belongs to a model. */
export interface ExternalFile {
  readonly location: string;
  readonly sha256: string;
}
