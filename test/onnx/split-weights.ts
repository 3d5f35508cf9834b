import { ModelProto } from "#core/onnx/protobuf.ts";
import { writeModel } from "#core/onnx/write.ts";
import { linear } from "./build.ts";

export const whole = writeModel(linear(16));
const OFFSET = 64;

/** The same model with its weight matrix kept in another file, and that file. */
export function split(entries: Readonly<Record<string, string>> = {}): { bytes: Uint8Array; weights: Uint8Array } {
  const message = ModelProto.decode(whole);
  const weight = message.graph?.initializer?.find(({ name }) => name === "w");
  const raw = weight?.rawData;
  if (!weight || !raw) throw new Error("the model has no weight");
  const weights = new Uint8Array(OFFSET + raw.length + 8);
  weights.set(raw, OFFSET);
  weight.rawData = new Uint8Array();
  weight.dataLocation = 1;
  const said = { location: "w.bin", offset: String(OFFSET), length: String(raw.length), ...entries };
  weight.externalData = Object.entries(said).map(([key, value]) => ({ key, value }));
  return { bytes: ModelProto.encode(message).finish(), weights };
}
