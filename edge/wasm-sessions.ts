import { type InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { IsobitError, messageOf } from "#core/errors.ts";
import { MAX_EDGE_MODEL_BYTES } from "#core/limits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { elementArray, tensorOfRuntime } from "#core/tensors/tensor-array.ts";
import type { NamedTensors, TensorValue } from "#core/tensors/tensor-value.ts";
import { lazily } from "./lazy.ts";
import { createSession, optimiserLog, startRuntime } from "./wasm-runtime.ts";

/** Starts while the isolate starts, before any request waits for it. */
const runtimeStarted = startRuntime();

/** Runs models with onnxruntime-web, in one session per model, kept for the isolate's lifetime. */
export interface WasmSessions {
  /**
   * Runs images in one batch; the caller sees to it that they may share one (core/backends/batching.ts).
   * @param rows float32, `model.input.elements` long each; exactly one where the graph fixes its batch
   * @returns each row's logits as a copy, one a label
   * @throws IsobitError BACKEND_UNAVAILABLE for a model too large for a Worker, BACKEND_FAILED for one that fails
   */
  run(model: ModelInfo, rows: readonly Float32Array[]): Promise<Float32Array[]>;
  /**
   * Runs a model that is needed once: its session is released again, so that a trace leaves no memory taken.
   * @returns the outputs by name, without those whose type cannot be compared
   * @throws Error as ONNX Runtime words it
   */
  runOnce(bytes: Uint8Array, feeds: NamedTensors): Promise<NamedTensors>;
  /** What ONNX Runtime says of optimising a model. @throws Error as ONNX Runtime words it */
  optimiserLog(bytes: Uint8Array): Promise<readonly string[]>;
}

export function createWasmSessions(readModel: (model: ModelInfo) => Promise<Uint8Array>): WasmSessions {
  const sessions = new Map<string, () => Promise<InferenceSession | IsobitError>>();
  const oneAtATime = createTurns();

  const sessionOf = (model: ModelInfo): Promise<InferenceSession | IsobitError> => {
    const known = sessions.get(model.executedSha256) ?? lazily(() => load(model, readModel, oneAtATime));
    sessions.set(model.executedSha256, known);
    return known();
  };

  return {
    async run(model, rows) {
      const session = await sessionOf(model);
      if (session instanceof IsobitError) throw session;
      return oneAtATime(() => runTogether(session, model, rows));
    },
    optimiserLog: (bytes) => oneAtATime(() => optimiserLog(bytes)),
    runOnce: (bytes, feeds) => oneAtATime(() => runAndRelease(bytes, feeds)),
  };
}

/** An error in the model itself is an answer, and is kept; a failure to read the model is thrown, and tried again. */
async function load(
  model: ModelInfo,
  readModel: (model: ModelInfo) => Promise<Uint8Array>,
  oneAtATime: Turns,
): Promise<InferenceSession | IsobitError> {
  if (model.sizeBytes > MAX_EDGE_MODEL_BYTES) return tooLarge(model, model.sizeBytes);
  const bytes = await readModel(model);
  // Weights that lay in another file are in these bytes, and were not in that size.
  if (bytes.length > MAX_EDGE_MODEL_BYTES) return tooLarge(model, bytes.length);
  return oneAtATime(async () => {
    try {
      return await createSession(bytes);
    } catch (error) {
      const message = `onnxruntime-web cannot load the model ${model.id}: ${messageOf(error)}`;
      return new IsobitError("BACKEND_FAILED", message, { cause: error });
    }
  });
}

function tooLarge({ id }: ModelInfo, sizeBytes: number): IsobitError {
  return new IsobitError(
    "BACKEND_UNAVAILABLE",
    `The model ${id} is ${mebibytes(sizeBytes)}; the limit in a Worker is ${mebibytes(MAX_EDGE_MODEL_BYTES)}. Use a backend of the origin.`,
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

async function runTogether(
  session: InferenceSession,
  { input, output, labels }: ModelInfo,
  rows: readonly Float32Array[],
): Promise<Float32Array[]> {
  const shape = input.shape.map((size) => (size === -1 ? rows.length : size));
  const elements = shape.reduce((product, size) => product * size, 1);
  const outputs = await session.run({ [input.name]: new Tensor("float32", joined(rows, elements), shape) }, [
    output.name,
  ]);
  const logits = outputs[output.name]?.data;
  if (!(logits instanceof Float32Array)) throw new Error(`the output ${output.name} is not float32`);
  const expected = labels.length * (input.fixedBatch ?? rows.length);
  if (logits.length !== expected)
    throw new Error(`the output ${output.name} has ${logits.length} elements, not ${expected}`);
  return rows.map((_, row) => logits.slice(row * labels.length, (row + 1) * labels.length));
}

/** A batch that the model fixes is filled up with zeros, so that the image never shares it with another image. */
function joined(rows: readonly Float32Array[], elements: number): Float32Array {
  const [first] = rows;
  if (first?.length === elements) return first;
  const batch = new Float32Array(elements);
  let at = 0;
  for (const row of rows) {
    batch.set(row, at);
    at += row.length;
  }
  return batch;
}

async function runAndRelease(bytes: Uint8Array, feeds: NamedTensors): Promise<NamedTensors> {
  const session = await createSession(bytes);
  try {
    const fed = [...feeds].map(([name, value]) => [name, runtimeTensor(value)] as const);
    const outputs = await session.run(Object.fromEntries(fed));
    return new Map(
      Object.entries(outputs).flatMap(([name, output]) => {
        const value = tensorOfRuntime(output);
        return value ? [[name, value] as const] : [];
      }),
    );
  } finally {
    await session.release();
  }
}

function runtimeTensor(value: TensorValue): Tensor {
  return new Tensor(value.type as Tensor.Type, elementArray(value) as Tensor["data"], value.dims);
}

type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * ONNX Runtime keeps one stack in its memory, which two calls under way at once could mix up. A turn is computation
 * only and never waits for I/O, so a request delays others only by its own computation.
 */
function createTurns(): Turns {
  let last: Promise<unknown> = runtimeStarted;
  return (work) => {
    const turn = last.then(work, work);
    last = turn;
    return turn;
  };
}
