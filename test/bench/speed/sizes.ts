import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildWorker } from "#edge/node/build-worker.ts";
import ensurePageIsBuilt from "../../web/built-page.ts";
import type { Extent } from "./extent.ts";
import { megabytes } from "./figures.ts";
import type { Finding } from "./finding.ts";
import { firstView } from "./first-view.ts";
import { installedByNpm, installedHere } from "./install-size.ts";
import { ROOT } from "./subjects.ts";
import type { Workbench } from "./workbench.ts";

interface Size {
  readonly raw: number;
  readonly gzip: number;
}

/** What is deployed, what a browser loads first, what an install takes. */
export async function measureSizes(bench: Workbench, { installs }: Extent): Promise<Finding> {
  await ensurePageIsBuilt();
  const { edgeUrl } = await bench.stack();
  const [worker, page, whole] = [await workerSize(), await firstView(edgeUrl), await pageSize()];
  const install = installs ? await installedByNpm() : await installedHere();
  const rows: [string, Size][] = [
    ["Worker: bundle and WebAssembly", worker],
    ...(page ? [[`page: ${page.files} files of its first view`, page] satisfies [string, Size]] : []),
    ["page: everything, loaded when needed", whole],
  ];
  return {
    tables: [
      {
        title: "Sizes",
        columns: ["what", "raw", "gzip"],
        rows: [
          ...rows.map(([name, { raw, gzip }]) => [name, megabytes(raw), megabytes(gzip)]),
          [`node_modules for compare, certify and exactify, ${install.how}`, megabytes(install.bytes), "-"],
          ["the same with workerd, for start", megabytes(install.bytes + install.workerdBytes), "-"],
        ],
      },
    ],
    targets: [
      {
        name: "Worker bundle after gzip",
        measured: Number((worker.gzip / 1e6).toFixed(2)),
        unit: "MB",
        bound: 4.5,
        wanted: "at most",
      },
    ],
    notes: [
      ...(page ? [] : ["The page's first view was left out: it needs Chromium (apt-get install chromium)."]),
      "The first view is what Chromium fetches from the Worker until the page is at rest, without the answers of /graphql.",
      "Each file is compressed by itself, at gzip's default level; 1 MB is 1,000,000 bytes.",
    ],
    samples: { worker, page, whole, install },
  };
}

async function workerSize(): Promise<Size> {
  const { folder } = await buildWorker();
  const served = (await readdir(folder)).filter((name) => /\.(js|wasm)$/.test(name));
  return sizeOf(served.map((name) => join(folder, name)));
}

async function pageSize(): Promise<Size> {
  const folder = join(ROOT, "dist", "web");
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return sizeOf(found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name)));
}

async function sizeOf(files: readonly string[]): Promise<Size> {
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return {
    raw: contents.reduce((total, content) => total + content.length, 0),
    gzip: contents.reduce((total, content) => total + gzipSync(content).length, 0),
  };
}
