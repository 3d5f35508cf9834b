import type { BackendId } from "../backends.ts";
import { IsobitError, messageOf } from "../errors.ts";
import type { PartEvaluator } from "../model/part.ts";
import type { RuntimeTensor } from "../tensors/given-tensor.ts";
import { type ElementArray, elementArray, tensorOfRuntime } from "../tensors/tensor-array.ts";
import type { ElementType, NamedTensors } from "../tensors/tensor-value.ts";
import { cutPart, type PartSource } from "./cut.ts";

/** A tensor that isobit feeds to a runtime. */
export interface FedTensor {
  readonly type: ElementType;
  /** Row-major; [] for a scalar. */
  readonly dims: readonly number[];
  /** As many elements as the dims say. float16 and bfloat16 are their bits in a Uint16Array, bool is a Uint8Array. */
  readonly data: ElementArray;
}

/**
 * A runtime that can be traced: ONNX Runtime, a vendor's NPU, a mobile runtime behind a socket. isobit cuts the model
 * into parts and passes each one as a complete ONNX file, so the runtime only has to run it.
 */
export interface Evaluator {
  /** Shown in results, e.g. "NPU". */
  readonly name: string;
  /**
   * Loads an ONNX file, runs it once and releases it.
   * @param model with the traced values among its outputs
   * @param feeds one tensor per input of that file, by name
   * @returns its outputs by name. An output that is not a tensor of numbers may be left out. isobit copies what it
   *   keeps.
   * @throws anything if the runtime cannot run a part: the trace notes the message and continues. An error for the
   *   whole model ends the trace.
   */
  run(model: Uint8Array, feeds: Readonly<Record<string, FedTensor>>): RuntimeOutputs | Promise<RuntimeOutputs>;
  /** The isobit backend that computes it, which determines the arithmetic. Default: an unknown runtime. */
  readonly backend?: BackendId;
  /** The graph optimisation level to show. Default: "unknown". */
  readonly optimizationLevel?: string;
}

/** The part of AbortSignal that is used. core cannot name a runtime's globals. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

type RuntimeOutputs = Readonly<Record<string, RuntimeTensor>>;

/** An evaluator that runs parts of one model. @param signal ends the trace at once, even within a part */
export function partsOn(evaluator: Evaluator, model: PartSource, signal: StopSignal | undefined): PartEvaluator {
  return {
    source: evaluator.name,
    async evaluate(part, feeds) {
      if (signal?.aborted) throw aborted(signal);
      const running = run(evaluator, cutPart(model, part, feeds), feeds);
      return tensorsOf(await (signal ? untilAborted(running, signal) : running), evaluator);
    },
  };
}

/** An evaluator does not get the signal and may never answer. */
async function untilAborted<T>(work: Promise<T>, signal: StopSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = (): void => reject(aborted(signal));
  signal.addEventListener("abort", abort);
  work.then(resolve, reject);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function aborted({ reason }: StopSignal): IsobitError<"ABORTED"> {
  return new IsobitError("ABORTED", "The trace was aborted.", { cause: reason });
}

async function run(evaluator: Evaluator, model: Uint8Array, feeds: NamedTensors): Promise<RuntimeOutputs> {
  const fed = [...feeds].map(([name, tensor]) => {
    const { type, dims } = tensor;
    return [name, { type, dims, data: elementArray(tensor) }] as const;
  });
  try {
    return await evaluator.run(model, Object.fromEntries(fed));
  } catch (error) {
    if (error instanceof IsobitError) throw error;
    throw new IsobitError("BACKEND_FAILED", `${evaluator.name} failed: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws IsobitError BACKEND_FAILED for outputs that contradict themselves */
function tensorsOf(outputs: RuntimeOutputs, { name }: Evaluator): NamedTensors {
  try {
    return new Map(
      Object.entries(outputs).flatMap(([output, given]) => {
        const tensor = tensorOfRuntime(given);
        return tensor ? [[output, tensor] as const] : [];
      }),
    );
  } catch (error) {
    throw new IsobitError("BACKEND_FAILED", `${name} returned an output that cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}
