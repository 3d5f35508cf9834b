import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { decodePng } from "#core/image/png/png.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export interface TestServer {
  /** Its root, without a trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Any handler on a free port of the loopback address. */
export async function serve(handler: Parameters<typeof createServer>[1]): Promise<TestServer> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/**
 * A service shaped like Paragon's, with a real model behind it: images by file name, probabilities in decimal, nothing
 * of isobit's own arithmetic but the PNG decoder.
 * @param decimals how its probabilities are rounded; undefined: not at all
 */
export async function startParagonServer({ decimals }: { decimals?: number } = {}): Promise<TestServer> {
  const session = await ort.InferenceSession.create(join(ROOT, "models", "digits.onnx"), {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "extended",
  });
  const predict = async (image: string): Promise<number[]> => {
    const { rgba } = decodePng(await readFile(join(ROOT, "images", image)));
    const grey = Float32Array.from({ length: 784 }, (_, pixel) => (rgba[pixel * 4] ?? 0) / 255);
    const { logits } = await session.run({ input: new ort.Tensor("float32", grey, [1, 1, 28, 28]) });
    const values = Array.from(logits?.data as Float32Array);
    const powers = values.map((value) => Math.exp(value - Math.max(...values)));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => (decimals === undefined ? power / total : Number((power / total).toFixed(decimals))));
  };
  return serveParagon(predict);
}

/**
 * Paragon's routes on its `cpu`, over HTTP.
 * @param predict the probabilities for a built-in image, by its file's name
 */
export function serveParagon(predict: (image: string) => Promise<readonly number[]>): Promise<TestServer> {
  return serve(async (request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    if (pathname === "/health") return answer(200, { ok: true, gpu_available: false });
    if (pathname !== "/predict") return answer(404, { detail: "Not Found" });
    const image = searchParams.get("image") ?? "";
    const backend = searchParams.get("backend") ?? "gpu";
    if (backend === "gpu") return answer(503, { detail: "GPU backend not available" });
    if (!/^\d\.png$/.test(image)) return answer(404, { detail: `image not found: ${image}` });
    const started = performance.now();
    const probabilities = await predict(image);
    const prediction = probabilities.indexOf(Math.max(...probabilities));
    const latency_sec = Number(((performance.now() - started) / 1000).toFixed(6));
    const source_image_url = `/static/images/${image}`;
    return answer(200, { backend, image, prediction, probabilities, latency_sec, source_image_url });
  });
}
