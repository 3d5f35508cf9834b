import { base64 } from "@scure/base";
import { encode } from "fast-png";
import { IsobitError } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { float32Of, type NamedTensors } from "#core/tensors/tensor-value.ts";
import type { InputRow } from "../inputs/input-set.ts";
import type { ReportedRow } from "../report/run-report.ts";
import type { PairTally } from "./pair-tally.ts";

/** The rows, with the image behind each pair's worst input, where the model takes images. */
export function withImages(
  rows: readonly ReportedRow[],
  tallies: readonly PairTally[],
  model: ModelInfo | null,
): readonly ReportedRow[] {
  if (model === null) return rows;
  const worst = new Map(
    tallies.flatMap((tally) => (tally.worst === null ? [] : [[tally.worst.id, tally.worst] as const])),
  );
  return rows.map((row) => {
    const input = worst.get(row.input);
    return input === undefined ? row : { ...row, picture: imageOf(input, model) };
  });
}

/** The grey levels that the tensor was made from, by inverting the preprocessing. */
function imageOf({ feeds }: InputRow, { input, preprocess }: ModelInfo): string | null {
  const tensor = feeds instanceof IsobitError ? undefined : (feeds as NamedTensors).get(input.name);
  if (tensor?.type !== "float32") return null;
  const values = float32Of(tensor);
  const { width, height, channels, layout } = input;
  const pixels = width * height;
  const [pixelStep, channelStep] = layout === "NHWC" ? [channels, 1] : [1, pixels];
  const data = new Uint8Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const value = values[pixel * pixelStep + channel * channelStep]!;
      const level = (value * preprocess.std[channel]! + preprocess.mean[channel]!) / preprocess.scale;
      const grey = Math.min(255, Math.max(0, Math.round(level)));
      data[pixel * channels + channel] = preprocess.invert ? 255 - grey : grey;
    }
  }
  return base64.encode(encode({ width, height, channels, depth: 8, data }));
}
