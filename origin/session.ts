import "#node/no-telemetry.ts";
import * as ort from "onnxruntime-node";
import { type BACKENDS, type GpuBackendId, OPTIMIZATION_LEVEL } from "#core/backends.ts";
import { messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";

/** An execution provider by the name that onnxruntime-node gives it. */
export type Provider = "cpu" | GpuProvider;

export type GpuProvider = (typeof BACKENDS)[GpuBackendId]["provider"];

export const RUNTIME_VERSION = ort.env.versions.node ?? ort.env.versions.common;

/** Images run in one batch. */
interface Ran {
  /** One a row, in order. */
  readonly logits: readonly Float32Array[];
  /** Of the whole run. */
  readonly latencyMs: number;
}

/** One model on one provider. */
export interface ModelSession {
  readonly model: ModelInfo;
  /**
   * Runs images in one batch; the caller sees to it that they may share one (core/backends/batching.ts).
   * @param rows `model.input.elements` numbers each; exactly one where the graph fixes its batch
   * @returns each row's logits, in order, and the whole run's wall time
   * @throws Error with ONNX Runtime's words
   */
  run(rows: readonly Float32Array[]): Promise<Ran>;
}

// Its warnings about a model's style would otherwise fill the log on every start.
ort.env.logLevel = "error";

/**
 * Opens a session and has it answer one blank image, so that it is known to work and the first caller does not pay for
 * kernels being compiled.
 * @throws Error with ONNX Runtime's words: not a model, an unknown operator, a node the provider cannot place
 */
export async function openSession(provider: Provider, model: ModelInfo, bytes: Uint8Array): Promise<ModelSession> {
  const options = servingOptions(provider, model, bytes.length);
  const session = await ort.InferenceSession.create(bytes, options).catch(rethrowTidy);
  const opened: ModelSession = { model, run: (rows) => runRows(session, model, rows) };
  await opened.run([new Float32Array(model.input.elements)]);
  return opened;
}

/** Whether this build of onnxruntime-node knows the provider at all, on this platform. */
export function isProviderBuilt(provider: Provider): boolean {
  return ort.listSupportedBackends().some(({ name }) => name === provider);
}

/**
 * One provider and no fallback: a GPU session that cannot place a node fails, instead of quietly running it on the CPU.
 */
export function sessionOptions(provider: Provider): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    graphOptimizationLevel: OPTIMIZATION_LEVEL,
    ...(provider === "cpu"
      ? {}
      : { extra: { session: { disable_cpu_ep_fallback: "1", use_deterministic_compute: "1" } } }),
  };
}

/** Multiplications at most: each weight with each element of an input. Some tenths of a second on one core. */
const SMALL_MODEL_PRODUCTS = 1e9;

/** By size and not by a clock, so that a model never changes its threads between two starts. */
export function isSmall({ input }: Pick<ModelInfo, "input">, sizeBytes: number): boolean {
  return (sizeBytes / Float32Array.BYTES_PER_ELEMENT) * input.elements < SMALL_MODEL_PRODUCTS;
}

/**
 * The options that serve a model, and its parts in a trace. A small model runs on one thread of the CPU: handing work to
 * others takes longer than doing it, and onnxruntime-node's threads spin while they wait, on cores that the server and
 * the Worker need.
 * @param sizeBytes of the executed model
 */
export function servingOptions(
  provider: Provider,
  model: Pick<ModelInfo, "input">,
  sizeBytes: number,
): ort.InferenceSession.SessionOptions {
  const alone = provider === "cpu" && isSmall(model, sizeBytes);
  return { ...sessionOptions(provider), ...(alone ? { intraOpNumThreads: 1 } : {}) };
}

async function runRows(session: ort.InferenceSession, model: ModelInfo, rows: readonly Float32Array[]) {
  const feeds = { [model.input.name]: inputTensor(model, rows) };
  const started = performance.now();
  const outputs = await session.run(feeds, [model.output.name]).catch(rethrowTidy);
  const latencyMs = performance.now() - started;
  return { logits: splitRows(model, rows.length, outputs[model.output.name]), latencyMs };
}

/** The images as the graph wants them; if it has a fixed batch of N, the other N - 1 rows are zeros. */
function inputTensor({ input }: ModelInfo, rows: readonly Float32Array[]): ort.Tensor {
  const shape = input.shape.map((size) => (size === -1 ? rows.length : size));
  const batch = input.fixedBatch ?? rows.length;
  const [only] = rows;
  if (batch === 1 && only) return new ort.Tensor("float32", only, shape);
  const joined = new Float32Array(batch * input.elements);
  rows.forEach((row, index) => joined.set(row, index * input.elements));
  return new ort.Tensor("float32", joined, shape);
}

function splitRows({ input, output, labels }: ModelInfo, rows: number, tensor: ort.Tensor | undefined): Float32Array[] {
  const expected = labels.length * (input.fixedBatch ?? rows);
  if (!(tensor?.data instanceof Float32Array) || tensor.data.length !== expected) {
    throw new Error(
      `output ${output.name} is ${tensor?.type ?? "absent"} [${tensor?.dims ?? ""}], not ${expected} float32`,
    );
  }
  const { data } = tensor;
  return Array.from({ length: rows }, (_, row) => data.slice(row * labels.length, (row + 1) * labels.length));
}

export function rethrowTidy(error: unknown): never {
  throw new Error(tidy(messageOf(error)), { cause: error });
}

/** ONNX Runtime's message without its source path, C++ signature and failed assertion. */
export function tidy(message: string): string {
  const oneLine = message.replaceAll(/\s+/g, " ").trim();
  const afterAssertion = oneLine.replace(/^\/.* was false\. (?=.)/, "");
  return afterAssertion.replace(/^\/\S+:\d+ .*?\[ONNXRuntimeError\] : \d+ : \w+ : /, "");
}
