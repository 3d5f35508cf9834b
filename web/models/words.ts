import { conjunction, formatCount } from "../format.ts";
import type { Proof, ProvedNode, ServedModel } from "./models-query.ts";

/** float32 represents every integer up to this one exactly. */
const EXACT_INTEGERS = 2 ** 24;

/** "1 × 1 × 28 × 28 float32, any batch" */
export function inputText({ inputShape }: Pick<ServedModel, "inputShape">): string {
  const [batch, ...rest] = inputShape;
  const shape = rest.map((size) => (size === -1 ? "any" : formatCount(size))).join(" × ");
  return `${shape} float32, ${batch === -1 ? "any batch" : `batches of ${formatCount(batch ?? 1)}`}`;
}

/** The preprocessing of a grey level as a formula. */
export function preprocessText({ preprocess: { scale, mean, std, invert } }: Pick<ServedModel, "preprocess">): string {
  const level = invert ? "(255 − g)" : "g";
  const scaled = scale === 1 ? level : `${level} × ${scaleText(scale)}`;
  const shifted = mean.every((each) => each === 0) ? scaled : `(${scaled} − ${perChannel(mean)})`;
  const divided = std.every((each) => each === 1) ? shifted : `${shifted} / ${perChannel(std)}`;
  return divided === "g" ? "grey levels 0 to 255 as they are" : `grey level g becomes ${divided}`;
}

/** The share of 2^24 that a node's sums can reach; null if the node does not sum. */
export function headroomOf({ boundUnits }: ProvedNode): number | null {
  return boundUnits === null ? null : boundUnits / EXACT_INTEGERS;
}

/** "WASM and CPU at disabled, basic, extended and all; WEBGPU at disabled, basic and extended" */
export function coverageText(covers: Proof["covers"]): string {
  const byLevels = Map.groupBy(covers, ({ optimizationLevels }) => conjunction(optimizationLevels));
  return [...byLevels]
    .map(([levels, group]) => `${conjunction(group.map(({ backend }) => backend))} at ${levels}`)
    .join("; ");
}

/** In percent with one decimal; never rounded up to 100 % or down to 0. */
export function shareText(share: number): string {
  const tenths = Math.round(share * 1000);
  if (share > 0 && tenths === 0) return "under 0.1 %";
  return `${(share < 1 ? Math.min(tenths, 999) : tenths) / 10} %`;
}

/** "multiples of 2^-12 from -1,388.880859375 to 710.9990234375" */
export function rangeText({ grid, lowest, highest }: ProvedNode): string | null {
  if (grid === null) return null;
  const unit = grid === 0 ? "whole numbers" : `multiples of 2^${grid}`;
  if (lowest === null || highest === null) return unit;
  return `${unit} from ${exactly(lowest)} to ${exactly(highest)}`;
}

function exactly(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 20 });
}

function perChannel(values: readonly number[]): string {
  return values.length === 1 ? String(values[0]) : `[${values.join(", ")}]`;
}

/** "1/255" if the scale is exactly that number, which is unreadable as a decimal. */
function scaleText(scale: number): string {
  const inverse = Math.round(1 / scale);
  return inverse > 1 && 1 / inverse === scale ? `1/${inverse}` : String(scale);
}
