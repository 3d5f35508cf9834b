import type { Preprocess } from "./preprocess-settings.ts";

/** "scale 1/255, mean 0, std 1, inverted" */
export function preprocessText({ scale, mean, std, invert }: Preprocess): string {
  return `scale ${scaleText(scale)}, mean ${perChannelText(mean)}, std ${perChannelText(std)}${invert ? ", inverted" : ""}`;
}

function scaleText(scale: number): string {
  const divisor = Math.round(1 / scale);
  return Math.abs(divisor) > 1 && 1 / divisor === scale
    ? `${scale < 0 ? "-" : ""}1/${Math.abs(divisor)}`
    : String(scale);
}

function perChannelText(values: readonly number[]): string {
  return new Set(values).size === 1 ? String(values[0]) : values.join(", ");
}

/** How a model takes its images, and where that comes from. */
export interface PreprocessInForce {
  readonly inForce: Preprocess;
  /** What holds unless a run sets something else. */
  readonly own: Preprocess;
  /** The file, its sidecar or the manifest states it. */
  readonly stated: boolean;
}

/** A sentence where a model is fed in a way that it does not state itself; null where it does. */
export function preprocessNote(model: string, { inForce, own, stated }: PreprocessInForce): string | null {
  const [now, usual] = [preprocessText(inForce), preprocessText(own)];
  if (now !== usual)
    return `Preprocessing of ${model}: ${now}, set for this run. ${stated ? "The model's own" : "The default"}: ${usual}.`;
  return stated ? null : `Preprocessing of ${model}: ${now}, the default. Neither the file nor a sidecar states any.`;
}
