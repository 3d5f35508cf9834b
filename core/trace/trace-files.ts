import { requireOptions } from "../options.ts";
import { orIncomplete } from "../onnx/rejected.ts";
import { type AnyTensor, givenTensor } from "../tensors/given-tensor.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import { type PartSource, partSource } from "./cut.ts";
import { type Evaluator, partsOn, type StopSignal } from "./own-evaluator.ts";
import type { TraceResult } from "./result.ts";
import { trace as traceSubjects, type TraceOptions as Limits, type TraceSubject } from "./trace.ts";

/** A model and the runtime that runs it. */
export interface TraceSource {
  /** An ONNX file that contains its weights. */
  readonly model: Uint8Array;
  readonly evaluator: Evaluator;
}

export interface TraceOptions extends Omit<Limits, "explain" | "progress"> {
  /** One tensor per input of the reference's model, by name. A plain typed array has one dimension. */
  readonly feeds: Readonly<Record<string, AnyTensor>>;
  /** Called after each slice of the model, and then after each differing node that ran alone. */
  readonly onProgress?: NonNullable<Limits["progress"]>;
  /** Ends the trace at once, with ABORTED. An evaluator that is running a part is not notified. */
  readonly signal?: StopSignal;
}

/**
 * Compares every node's output on two runtimes bit by bit and explains each difference: the node runs alone on both
 * with equal inputs, and its bits are tested for summation order, fused multiply-add, narrower types or a fault. Pass
 * one model twice, or two models, whose nodes are aligned by what they compute.
 * @throws IsobitError BAD_INPUT if a feed is missing or not a tensor, INCOMPLETE for a file that is not a complete ONNX
 *   model, BACKEND_FAILED if an evaluator cannot run the whole model, ABORTED
 * @example
 * ```ts
 * const evaluator = (name: string, { InferenceSession, Tensor }: typeof import("onnxruntime-web")): Evaluator => ({
 *   name,
 *   async run(model, feeds) {
 *     const session = await InferenceSession.create(model);
 *     const tensors = Object.entries(feeds).map(([key, { type, data, dims }]) => {
 *       return [key, new Tensor(type as "float32", data, dims)] as const;
 *     });
 *     return await session.run(Object.fromEntries(tensors));
 *   },
 * });
 * const [reference, other] = [evaluator("CPU", cpu), evaluator("NPU", npu)];
 * const { firstDrift } = await trace({ model, evaluator: reference }, { model, evaluator: other }, { feeds: { x } });
 * console.log(firstDrift?.name, firstDrift?.cause, firstDrift?.explanation?.notes);
 * ```
 */
export async function trace(reference: TraceSource, other: TraceSource, options: TraceOptions): Promise<TraceResult> {
  const { feeds, signal, onProgress, ...limits } = requireOptions(options);
  return await orIncomplete(async () => {
    const part = partSource(reference.model);
    const otherPart = sameBytes(reference.model, other.model) ? part : partSource(other.model);
    return await traceSubjects(
      subjectOf(reference, part, signal),
      subjectOf(other, otherPart, signal),
      givenFeeds(feeds),
      { ...limits, ...(onProgress && { progress: onProgress }) },
    );
  });
}

/** @throws IsobitError BAD_INPUT */
export function givenFeeds(feeds: Readonly<Record<string, AnyTensor>>): NamedTensors {
  return new Map(
    Object.entries(feeds).map(([name, tensor]) => [name, givenTensor(tensor, `The tensor ${JSON.stringify(name)}`)]),
  );
}

function subjectOf({ evaluator }: TraceSource, part: PartSource, signal: StopSignal | undefined): TraceSubject {
  return {
    model: part.model,
    evaluator: partsOn(evaluator, part, signal),
    runsOn: evaluator.backend ?? null,
    optimizationLevel: evaluator.optimizationLevel ?? "unknown",
  };
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left === right || (left.length === right.length && left.every((byte, index) => byte === right[index]));
}
