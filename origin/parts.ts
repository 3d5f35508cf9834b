import "#node/no-telemetry.ts";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { readModel } from "#core/onnx/read.ts";
import { elementArray, tensorOfRuntime } from "#core/tensors/tensor-array.ts";
import type { NamedTensors, TensorValue } from "#core/tensors/tensor-value.ts";
import { fusedNodesOf } from "#core/trace/fused-nodes.ts";
import { type Provider, rethrowTidy, sessionOptions } from "./session.ts";

/*
 * Parts of models for a trace, each in a session that lives for one run, with the options that serve.
 */

/**
 * @param options those that serve the part's model
 * @returns the outputs by name, without those whose type cannot be compared
 * @throws Error with ONNX Runtime's words
 */
export async function runPart(
  part: Uint8Array,
  feeds: NamedTensors,
  options: ort.InferenceSession.SessionOptions,
): Promise<NamedTensors> {
  const session = await ort.InferenceSession.create(part, options).catch(rethrowTidy);
  try {
    const outputs = await session.run(toRuntime(feeds)).catch(rethrowTidy);
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

function toRuntime(feeds: NamedTensors): Record<string, ort.Tensor> {
  return Object.fromEntries([...feeds].map(([name, value]) => [name, runtimeTensor(value)]));
}

/**
 * Where JavaScript has Float16Array, onnxruntime-node 1.30 makes one of a float16 tensor's bits and then hands it to its
 * native part, which supports only Uint16Array and sees no element. So the native part's input is assembled here.
 */
function runtimeTensor(value: TensorValue): ort.Tensor {
  const { type, dims } = value;
  const data = elementArray(value);
  if (type === "float16") return { type, dims, data, location: "cpu" } as unknown as ort.Tensor;
  return new ort.Tensor(type as ort.Tensor.Type, data as ort.Tensor["data"], dims);
}

/**
 * The nodes that are left once the optimiser is done: ONNX Runtime writes its optimised model to a file, which is read
 * back. Null where it cannot write one, as for kernels that a provider compiles.
 */
export async function fusedNodes(provider: Provider, part: Uint8Array): Promise<readonly string[] | null> {
  // Deno's origin may write nowhere: that, too, is not being able to tell.
  const folder = await mkdtemp(join(tmpdir(), "isobit-fused-")).catch(() => null);
  if (folder === null) return null;
  try {
    const optimizedModelFilePath = join(folder, "optimised.onnx");
    const session = await ort.InferenceSession.create(part, { ...sessionOptions(provider), optimizedModelFilePath });
    await session.release();
    return fusedNodesOf(readModel(await readFile(optimizedModelFilePath)));
  } catch {
    return null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
