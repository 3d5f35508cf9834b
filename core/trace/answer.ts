import { BACKENDS, type BackendId, OPTIMIZATION_LEVEL } from "../backends.ts";
import type { Backend, BackendStatus } from "../backends/backend.ts";
import { bytesOf } from "../tensors/bits.ts";
import { IsobitError } from "../errors.ts";
import type { ImageSource } from "../image/image.ts";
import { MAX_NODES_ALONE, MAX_TRACED_VALUE_BYTES, TRACE_SLICE_BYTES, TRACE_TIME_MS } from "../limits.ts";
import type { ModelInfo } from "../model/model.ts";
import { readModel } from "../onnx/read.ts";
import { preprocess } from "../preprocess.ts";
import type { Host } from "../host.ts";
import { elementsOf, type NamedTensors, tensorValue } from "../tensors/tensor-value.ts";
import { validate } from "../validate.ts";
import type { Violation } from "../verdicts/violation.ts";
import type { PartEvaluator } from "../model/part.ts";
import type { TraceResult } from "./result.ts";
import { trace, type TraceSubject } from "./trace.ts";
import { violationIn } from "./violation.ts";

/** One input, traced on two backends. */
export interface TraceRequest {
  readonly input: ImageSource;
  readonly reference: BackendId;
  readonly backend: BackendId;
  readonly model?: string;
}

export interface TraceAnswer extends Omit<TraceRequest, "model" | "input">, Omit<TraceResult, "reference" | "other"> {
  readonly model: ModelInfo;
  /** SHA-256 of the input tensor's bytes. */
  readonly inputSha256: string;
  /** Empty unless bits differ where the model's certificate proves them equal. */
  readonly violations: readonly Violation[];
  /** The status of both backends when the request was made. */
  readonly environment: readonly BackendStatus[];
}

/**
 * Answers a `trace` request: validates and preprocesses as the main path does, then traces, each backend running its
 * parts on its own side.
 * @throws IsobitError for an invalid request, and for a backend that cannot answer it
 */
export async function answerTrace(request: TraceRequest, host: Host): Promise<TraceAnswer> {
  const { input: source, reference, backend, model: asked } = request;
  if (reference === backend) {
    const message = `\`reference\` and \`backend\` are both ${backend}. Name two backends; \`isobit compare\` compares one with itself.`;
    throw new IsobitError("BAD_INPUT", message);
  }
  const started = host.now();
  const plan = await validate(
    { inputs: [source], backends: [reference, backend], reference, ...(asked === undefined ? {} : { model: asked }) },
    host,
  );
  const { model } = plan;
  const environment = await plan.environment;
  refuseUnavailable(environment);
  const [input] = await preprocess(plan, host);
  if (!input?.ok) throw input?.error ?? new Error("the main path prepared no input");

  const graph = readModel(await host.readModel(model));
  const served = new Map<BackendId, NamedTensors>();
  const subject = (id: BackendId): TraceSubject => ({
    model: graph,
    evaluator: evaluatorOf(backendOf(id, host), model, (outputs) => served.set(id, outputs)),
    runsOn: id,
    optimizationLevel: OPTIMIZATION_LEVEL,
  });
  const { other: _other, ...result } = await trace(
    subject(reference),
    subject(backend),
    new Map([[model.input.name, inputTensor(model, input.tensor)]]),
    {
      explain: (node) => host.explain(node),
      sliceBytes: TRACE_SLICE_BYTES,
      maxValueBytes: MAX_TRACED_VALUE_BYTES,
      maxNodesAlone: MAX_NODES_ALONE,
      outOfTime: () => host.now() - started > TRACE_TIME_MS,
    },
  );
  const violation = violationIn(result.nodes, { model, reference, other: backend, input, served });
  if (violation) host.alarm(`${violation.message} model ${violation.modelSha256}, input ${violation.inputSha256}`);
  return {
    ...result,
    model,
    reference,
    backend,
    inputSha256: input.sha256,
    violations: violation ? [violation] : [],
    environment,
  };
}

/**
 * Refuses a backend that this side knows to be down. A backend of the other side is tried: if that side is down, the
 * failed call reports it with its own code.
 */
function refuseUnavailable(environment: readonly BackendStatus[]): void {
  for (const { backend, available, reason, runtimeVersion } of environment) {
    if (available || runtimeVersion === "unknown") continue;
    throw new IsobitError("BACKEND_UNAVAILABLE", `${backend} is not available: ${reason ?? "no reason was given."}`);
  }
}

function backendOf(id: BackendId, { backends }: Host): Backend {
  const backend = backends.get(id);
  if (backend) return backend;
  throw new IsobitError("BACKEND_UNAVAILABLE", `${id} (${BACKENDS[id].runtime}) is not available on this side.`);
}

function evaluatorOf(backend: Backend, model: ModelInfo, onServed: (outputs: NamedTensors) => void): PartEvaluator {
  return {
    source: backend.id,
    async evaluate(part, feeds) {
      const outputs = await backend.evaluate(model, part, feeds);
      if (part.kind === "served") onServed(outputs);
      return outputs;
    },
    fusedNodes: (part) => backend.fusedNodes(model, part),
  };
}

/** One image as served: a batch size that the graph fixes is filled up with zeros. */
function inputTensor({ input }: ModelInfo, image: Float32Array): ReturnType<typeof tensorValue> {
  const dims = input.shape.map((size) => (size === -1 ? 1 : size));
  const batch = new Float32Array(elementsOf(dims));
  batch.set(image);
  return tensorValue("float32", dims, bytesOf(batch));
}
