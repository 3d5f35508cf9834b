/** One file that the edge serves, by its path in the URL. Everything that the headers need is known when it is built. */
export interface StaticFile {
  /** Where it lies among the assets. */
  readonly file: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Size of the same content compressed, which lies at `file` with .gz appended; absent: not a text. */
  readonly gzipBytes?: number;
  /** Its `content-security-policy`, where that depends on its content. */
  readonly policy?: string;
  /** True where the path will never mean other bytes. */
  readonly immutable: boolean;
}

/** URL path (percent-encoded, as a request has it) -> file. A path that is not listed does not exist. */
export type StaticIndex = Readonly<Record<string, StaticFile>>;

export const STATIC_INDEX_FILE = "static-index.json";
export const CATALOGUE_FILE = "models/catalogue.json";
export const IMAGES_FILE = "images/manifest.json";
export const GRAPHIQL_FILE = "graphiql.html";
export const SCHEMA_FILE = "schema.graphql";
export const SCHEMA_PATH = "/schema.graphql";

export const imageFile = (file: string): string => `images/${file}`;
export const modelFile = (sha256: string): string => `models/${sha256}.onnx`;
