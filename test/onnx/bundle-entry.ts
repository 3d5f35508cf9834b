import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";

export { describeModel } from "#core/model/describe.ts";

export function rewrite(bytes: Uint8Array): Uint8Array {
  return writeModel(readModel(bytes));
}
