import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { messageOf } from "#core/errors.ts";
import { buildAssets } from "./node/build-assets.ts";
import { buildWorker } from "./node/build-worker.ts";
import { ASSETS } from "./node/folders.ts";

/*
 * npm run build:edge: the assets that wrangler deploys, and the bundle that workerd serves. `--worker <folder>` lays the
 * bundle alone there, for the npm package.
 */

const { values } = parseArgs({ options: { worker: { type: "string" } } });

async function printSize(folder: string): Promise<void> {
  let raw = 0;
  let gzip = 0;
  for (const file of (await readdir(folder)).filter((name) => /\.(js|wasm)$/.test(name))) {
    const content = await readFile(join(folder, file));
    raw += content.length;
    gzip += gzipSync(content).length;
  }
  console.log(`Worker: ${megabytes(raw)}, gzip ${megabytes(gzip)}, in ${folder}`);
}

/** wrangler also writes what only its own tools read. */
function isServed(path: string): boolean {
  return !/\.(map|md)$/.test(path);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

try {
  if (values.worker === undefined) {
    const models = await buildAssets(ASSETS, process.env);
    console.log(`Assets: models ${models.map(({ id }) => id).join(", ")}, in ${ASSETS}`);
  }
  const { folder } = await buildWorker();
  if (values.worker !== undefined) await cp(folder, values.worker, { recursive: true, filter: isServed });
  await printSize(values.worker ?? folder);
} catch (error) {
  console.error(`The edge could not be built: ${messageOf(error)}`);
  process.exit(1);
}
