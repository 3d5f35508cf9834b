import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ServedModel } from "#core/model/catalogue.ts";
import type { ImageEntry } from "#core/image/image.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { ROOT } from "#node/installation.ts";
import { graphiqlPage } from "#schema/graphiql-page.ts";
import { MIN_COMPRESSED_BYTES, TEXT_TYPE } from "#schema/representation.ts";
import { loadServedModels } from "../../models/load.ts";
import {
  CATALOGUE_FILE,
  GRAPHIQL_FILE,
  imageFile,
  IMAGES_FILE,
  modelFile,
  SCHEMA_FILE,
  SCHEMA_PATH,
  STATIC_INDEX_FILE,
  type StaticFile,
} from "../static-index.ts";
import { browserRuntime } from "./browser-runtime.ts";
import { contentType } from "./content-types.ts";
import { unfinishedName } from "./unfinished.ts";

/**
 * Writes everything that the Worker reads into a folder, replacing what was there: images, models by their hash, the
 * page if it is built, what a browser runs models with, GraphiQL, the schema, and the index of what a URL may name.
 * @returns the models served, the default first
 * @throws Error with a sentence where MODEL does not fit
 */
export async function buildAssets(folder: string, variables: NodeJS.ProcessEnv): Promise<readonly ModelInfo[]> {
  const models = await loadServedModels(variables);
  const unfinished = unfinishedName(folder);
  const out = createOutput(unfinished);
  await addImages(out);
  await addModels(out, models);
  await addPage(out);
  for (const { path, content } of await browserRuntime()) await out.served(path, path.slice(1), content, true);
  const { html, policy } = graphiqlPage();
  await out.served("/graphql", GRAPHIQL_FILE, html, false, policy);
  await out.served(SCHEMA_PATH, SCHEMA_FILE, await readFile(join(ROOT, "schema", "schema.graphql")), false);
  await out.hidden(STATIC_INDEX_FILE, json(Object.fromEntries(out.index)));
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
  return models.map(({ info }) => info);
}

interface Output {
  /** URL path -> file. */
  readonly index: ReadonlyMap<string, StaticFile>;
  /** A file that only the Worker reads. */
  hidden(file: string, content: Uint8Array | string): Promise<void>;
  /** A file with a URL. */
  served(path: string, file: string, content: Uint8Array | string, immutable: boolean, policy?: string): Promise<void>;
}

function createOutput(folder: string): Output {
  const index = new Map<string, StaticFile>();
  const hidden = async (file: string, content: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  };
  return {
    index,
    hidden,
    async served(path, file, content, immutable, policy) {
      const type = contentType(file);
      const sizeBytes = Buffer.byteLength(content);
      const gzipped = TEXT_TYPE.test(type) && sizeBytes >= MIN_COMPRESSED_BYTES ? await promisify(gzip)(content) : null;
      await hidden(file, content);
      if (gzipped) await hidden(`${file}.gz`, gzipped);
      index.set(encodeURI(path), {
        file,
        type,
        sizeBytes,
        ...(gzipped && { gzipBytes: gzipped.length }),
        sha256: createHash("sha256").update(content).digest("hex"),
        ...(policy !== undefined && { policy }),
        immutable,
      });
    },
  };
}

async function addImages(out: Output): Promise<void> {
  const manifest = await readFile(join(ROOT, "images", "manifest.json"), "utf8");
  await out.hidden(IMAGES_FILE, manifest);
  for (const { file } of JSON.parse(manifest) as ImageEntry[]) {
    await out.served(`/images/${file}`, imageFile(file), await readFile(join(ROOT, "images", file)), true);
  }
}

async function addModels(out: Output, models: readonly ServedModel[]): Promise<void> {
  for (const { info, original, executed } of models) {
    await out.served(`/models/${info.sha256}.onnx`, modelFile(info.sha256), original, true);
    await out.served(`/models/${info.executedSha256}.onnx`, modelFile(info.executedSha256), executed, true);
  }
  await out.served("/models/catalogue.json", CATALOGUE_FILE, json(models.map(({ info }) => info)), false);
}

/** The page as Vite builds it: what it puts under assets/ has its hash in its name. */
async function addPage(out: Output): Promise<void> {
  const built = join(ROOT, "dist", "web");
  const found = await readdir(built, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of found.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name)
      .slice(built.length + 1)
      .replaceAll(sep, "/");
    const content = await readFile(join(built, path));
    await out.served(path === "index.html" ? "/" : `/${path}`, `web/${path}`, content, path.startsWith("assets/"));
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
