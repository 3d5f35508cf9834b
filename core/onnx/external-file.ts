/** The bytes of a file that lies beside the model's, by its path relative to it; undefined where there is none. */
export type ReadExternal = (location: string) => Promise<Uint8Array | undefined>;

/** A file of weights that belongs to a model. */
export interface ExternalFile {
  readonly location: string;
  readonly sha256: string;
}
