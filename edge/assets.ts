import { bytesToHex } from "@noble/hashes/utils.js";
import { lazily } from "./lazy.ts";

/** What Cloudflare's assets binding and workerd's disk service have in common. */
export interface AssetsService {
  fetch(url: string): Promise<Response>;
}

/** The files that the build put next to the Worker. */
export interface Assets {
  /** @throws Error where the file is missing */
  open(file: string): Promise<Response>;
  json<T>(file: string): Promise<T>;
  text(file: string): Promise<string>;
  /** The file's bytes, refused unless they have this hash. */
  verified(file: string, sha256: string): Promise<Uint8Array>;
}

export function createAssets(service: AssetsService): Assets {
  const open = async (file: string): Promise<Response> => {
    const response = await service.fetch(`http://assets/${file}`);
    if (response.ok) return response;
    await response.body?.cancel();
    throw new Error(
      `The asset ${file} cannot be read (HTTP ${response.status}). Build again with \`npm run build:edge\`.`,
    );
  };
  return {
    open,
    json: async <T>(file: string) => (await (await open(file)).json()) as T,
    text: async (file) => (await open(file)).text(),
    verified: async (file, sha256) => await verify(file, sha256, await (await open(file)).arrayBuffer()),
  };
}

/** Keeps small files that every query may need. */
export function keeping(read: (file: string, sha256: string) => Promise<Uint8Array>): typeof read {
  const kept = new Map<string, () => Promise<Uint8Array>>();
  return (file, sha256) => {
    const known = kept.get(file) ?? lazily(() => read(file, sha256));
    kept.set(file, known);
    return known();
  };
}

/** The runtime's own SHA-256: a model's first prediction waits for it. */
async function verify(file: string, sha256: string, content: ArrayBuffer): Promise<Uint8Array> {
  const found = bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));
  if (found === sha256) return new Uint8Array(content);
  throw new Error(`The asset ${file} has SHA-256 ${found}, not ${sha256}. Build again with \`npm run build:edge\`.`);
}
