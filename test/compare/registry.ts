import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A registry on the loopback interface for npm, which asks it as it asks the public one. */
export interface Registry {
  readonly url: string;
  /** Requests so far. */
  readonly asked: readonly string[];
  /** Serves other bytes than those whose hash it gives. */
  tamper(): void;
  close(): Promise<void>;
}

/** Where the browser's runtime names its version. */
const VERSION = /1\.30\.0/g;

/** Serves onnxruntime-web as installed here, under another version, which its code states too. */
export async function serveRuntime(version: string): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), "isobit-registry-"));
  const installed = "node_modules/onnxruntime-web";
  const parts = ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"].map(
    (file) => `dist/${file}`,
  );
  const packed = join(folder, "package");
  for (const part of parts) await cp(join(installed, part), join(packed, part));
  const code = join(packed, parts[0]!);
  await writeFile(code, (await readFile(code, "utf8")).replace(VERSION, version));
  const {
    dependencies: _,
    scripts: __,
    ...manifest
  } = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as Record<string, unknown>;
  await writeFile(join(packed, "package.json"), JSON.stringify({ ...manifest, version }));
  await mkdir(join(folder, "out"));
  await promisify(execFile)("tar", ["-czf", "out/package.tgz", "package"], { cwd: folder });
  const tarball = await readFile(join(folder, "out", (await readdir(join(folder, "out")))[0]!));
  await rm(folder, { recursive: true });
  return await listen(version, tarball);
}

async function listen(version: string, tarball: Buffer): Promise<Registry> {
  const asked: string[] = [];
  let served = tarball;
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    if (path.endsWith(".tgz")) {
      response.end(served);
    } else if (path === "/onnxruntime-web") {
      const dist = {
        tarball: `${urlOf(server)}/onnxruntime-web/-/${version}.tgz`,
        integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
      };
      const versions = { [version]: { name: "onnxruntime-web", version, dist } };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name: "onnxruntime-web", "dist-tags": { latest: version }, versions }));
    } else {
      response.statusCode = 404;
      response.end("{}");
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: urlOf(server),
    asked,
    tamper() {
      served = Buffer.concat([tarball, Buffer.from("x")]);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
