import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import * as ort from "onnxruntime-node";
import { createBareHandler } from "./bare-handler.ts";

/* onnxruntime-node alone in a process, with as many threads as it takes by itself, the level isobit runs at. */

ort.env.logLevel = "error";

const handle = createBareHandler({
  open: (model) =>
    ort.InferenceSession.create(model, { executionProviders: ["cpu"], graphOptimizationLevel: "extended" }),
  tensor: (data, dims) => new ort.Tensor("float32", data, dims),
});

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://bare");
  void handle(url, () => buffer(request)).then(
    (reply) => response.setHeader("content-type", "application/json").end(reply),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" ? address?.port : undefined);
});
// The process that started this one is gone.
process.on("disconnect", () => process.exit());
