import { base64 } from "@scure/base";
import { isElementType, tensorValue, type TensorValue } from "#core/tensors/tensor-value.ts";
import type { ReportedTensor } from "./run-report.ts";

/** A reported tensor's own bits. @throws RangeError */
export function valueOf({ name, type, dims, bits }: ReportedTensor): TensorValue {
  if (bits === null) throw new RangeError(`the bits of ${name} were left out of the report, for their size`);
  if (!isElementType(type)) throw new RangeError(`${name} is ${type}, whose bits isobit does not compare`);
  return tensorValue(type, dims, base64.decode(bits));
}
