import { bytesOf } from "#core/tensors/bits.ts";
import { IsobitError } from "#core/errors.ts";
import { float32Text } from "#core/tensors/float-text.ts";
import { joinedBytes } from "#core/tensors/joined.ts";
import type { LogitsAnswer } from "#core/respond.ts";
import { outputShape } from "./metadata.ts";
import type { InferRequest } from "./read-request.ts";
import { ONLY_VERSION } from "./routes.ts";

/**
 * The logits of all rows as one output. In JSON each is the shortest text of its float32, so no bit is lost on a reader
 * that keeps the sign of -0.0.
 * @throws IsobitError BAD_INPUT for NaN and infinities asked for in JSON
 */
export function writeInferResponse(asked: InferRequest, rows: readonly LogitsAnswer[]): Response {
  const logits = rows.map((row) => row.logits);
  if (!asked.binaryOutput) {
    const data = logits.map((row) => numerals(asked, row)).join(",");
    return new Response(responseJson(asked, rows, `"data":[${data}]`), {
      headers: { "content-type": "application/json" },
    });
  }
  const size = logits.reduce((sum, row) => sum + row.byteLength, 0);
  const json = responseJson(asked, rows, `"parameters":{"binary_data_size":${size}}`);
  const header = new TextEncoder().encode(json);
  return new Response(joinedBytes([header, ...logits.map(bytesOf)]), {
    headers: {
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(header.length),
    },
  });
}

/** @param content the output's last member, written by hand: JSON.stringify would write float64 */
function responseJson({ model, id, backend }: InferRequest, rows: readonly LogitsAnswer[], content: string): string {
  const parameters = { backend, execution_provider: rows[0]?.executionProvider };
  const head = JSON.stringify({ model_name: model.id, model_version: ONLY_VERSION, id, parameters });
  const output = JSON.stringify({ name: model.output.name, datatype: "FP32", shape: outputShape(model, rows.length) });
  return `${head.slice(0, -1)},"outputs":[${output.slice(0, -1)},${content}}]}`;
}

function numerals({ model }: InferRequest, row: Float32Array): string {
  if (row.every(Number.isFinite)) return Array.from(row, float32Text).join(",");
  throw new IsobitError(
    "BAD_INPUT",
    `The output ${model.output.name} contains NaN or infinity, which JSON cannot represent. Request binary data (binary_data_output).`,
  );
}
