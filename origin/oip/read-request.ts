import { z } from "zod";
import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import { IsobitError } from "#core/errors.ts";
import { shown } from "#core/shown.ts";
import { MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { inflatedBody } from "#schema/body-limit.ts";
import { hasBatch, inputShape } from "./metadata.ts";
import { binaryTensor, jsonTensor } from "./read-tensor.ts";

/** An inference request, every name and size checked. */
export interface InferRequest {
  readonly model: ModelInfo;
  /** Returned as it came; undefined where there was none. */
  readonly id: string | undefined;
  readonly backend: BackendId;
  /** `model.input.elements` numbers each. */
  readonly rows: readonly Float32Array[];
  /** The logits are wanted behind the JSON, not in it. */
  readonly binaryOutput: boolean;
}

const Parameters = z.record(z.string(), z.unknown());
const Body = z.object({
  id: z.string().optional(),
  parameters: Parameters.optional(),
  inputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.int().min(0)),
      parameters: Parameters.optional(),
      data: z.unknown().optional(),
    }),
  ),
  outputs: z.array(z.object({ name: z.string(), parameters: Parameters.optional() })).optional(),
});
type Body = z.infer<typeof Body>;

/**
 * @param request its body may be compressed; Inference-Header-Content-Length is a length in what it inflates to
 * @throws IsobitError BAD_INPUT, INPUT_TOO_LARGE for too many bytes or rows
 */
export async function readInferRequest(request: Request, model: ModelInfo): Promise<InferRequest> {
  const bytes = await inflatedBody(request);
  const headerLength = readHeaderLength(request.headers.get("inference-header-content-length"), bytes.length);
  const body = parseBody(bytes.subarray(0, headerLength ?? bytes.length));
  const tensor = readInput(body, model, headerLength === null ? null : bytes.subarray(headerLength));
  return {
    model,
    id: body.id,
    backend: readBackend(body.parameters?.["backend"]),
    rows: splitRows(tensor, model),
    binaryOutput: readOutput(body, model),
  };
}

function readHeaderLength(header: string | null, total: number): number | null {
  if (header === null) return null;
  const length = Number(header);
  if (/^\d+$/.test(header) && length <= total) return length;
  throw bad(`Inference-Header-Content-Length is ${shown(header)}; the body has ${total} bytes.`);
}

function parseBody(bytes: Uint8Array): Body {
  const parsed = Body.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw bad(`The request's ${issue?.path.join(".") || "JSON"} does not match the protocol: ${issue?.message}.`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw bad(
      "The request is not JSON in UTF-8. If binary data follows the JSON, Inference-Header-Content-Length must give the length of the JSON.",
    );
  }
}

/** @param binary what follows the JSON; null if nothing follows */
function readInput({ inputs }: Body, model: ModelInfo, binary: Uint8Array | null): Float32Array {
  const [input] = inputs;
  const { name } = model.input;
  if (!input || inputs.length > 1)
    throw bad(`The request has ${inputs.length} inputs; ${model.id} takes one, ${name}.`);
  if (input.name !== name) throw bad(`${model.id} has no input ${shown(input.name)}; its input is ${name}.`);
  if (input.datatype !== "FP32") throw bad(`The input ${name} is FP32; it was sent as ${input.datatype}.`);
  checkShape(input.shape, model);
  const elements = input.shape.reduce((product, size) => product * size, 1);
  const size = input.parameters?.["binary_data_size"];
  if (size !== undefined) return binaryTensor(name, size, elements, binary);
  if (binary !== null && binary.length > 0)
    throw bad(`${binary.length} bytes follow the JSON that do not belong to any input.`);
  return jsonTensor(name, input.data, elements);
}

function checkShape(shape: readonly number[], { id, input }: ModelInfo): void {
  const wanted = inputShape(input);
  const fits = shape.length === wanted.length && wanted.every((size, axis) => size === -1 || size === shape[axis]);
  if (!fits)
    throw bad(`The input ${input.name} of ${id} has the shape [${wanted.join(", ")}], not [${shape.join(", ")}].`);
  const rows = hasBatch(input) ? (shape[0] ?? 0) : 1;
  if (rows < 1) throw bad("The batch is empty; send one row or more.");
  if (rows > MAX_IMAGES_PER_QUERY) {
    throw new IsobitError(
      "INPUT_TOO_LARGE",
      `The batch has ${rows} rows; the limit is ${MAX_IMAGES_PER_QUERY}. Send fewer rows per request.`,
    );
  }
}

function splitRows(tensor: Float32Array, { input: { elements } }: ModelInfo): Float32Array[] {
  return Array.from({ length: tensor.length / elements }, (_, row) =>
    tensor.subarray(row * elements, (row + 1) * elements),
  );
}

function readBackend(given: unknown): BackendId {
  if (given === undefined) return "CPU";
  const backend = BACKEND_IDS.find((known) => known === given);
  if (backend) return backend;
  throw bad(`parameters.backend is ${shown(given)}; it must be one of ${BACKEND_IDS.join(", ")}.`);
}

/** There is one output. An empty list requests all outputs. */
function readOutput({ outputs = [], parameters }: Body, { id, output }: ModelInfo): boolean {
  for (const [index, { name, parameters: own }] of outputs.entries()) {
    if (name !== output.name) throw bad(`${id} has no output ${shown(name)}; its output is ${output.name}.`);
    if (index > 0) throw bad(`The request names the output ${name} twice.`);
    if (own?.["classification"] !== undefined) {
      throw bad("Triton's classification extension is not offered; ask for the output itself.");
    }
  }
  const own = outputs[0]?.parameters?.["binary_data"];
  const wanted = own ?? parameters?.["binary_data_output"] ?? false;
  if (typeof wanted === "boolean") return wanted;
  throw bad(
    `${own === undefined ? "binary_data_output" : "binary_data"} is ${shown(wanted)}; it must be true or false.`,
  );
}

function bad(message: string): IsobitError {
  return new IsobitError("BAD_INPUT", message);
}
