import type { ServedModel } from "#core/model/catalogue.ts";
import { describeModel } from "#core/model/describe.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { prove } from "#core/model/proof.ts";

/** A model that a test put together, as the origin serves it. */
export async function served(id: string, onnx: OnnxModel): Promise<ServedModel> {
  const original = writeModel(onnx);
  const { info, executed } = await describeModel({ id, bytes: original });
  return { ...prove(info, executed), original, preprocessNote: null };
}
