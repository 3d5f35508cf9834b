import { transposed } from "../constant.ts";
import type { MaxPoolLayer, MoveLayer } from "../network.ts";
import type { Affine } from "./into-linear.ts";
import { perChannel, spread } from "./per-channel.ts";

/** The scale and shift behind a layer that only moves or picks elements, from those before it; null if they cannot pass. */
export function passedThrough(
  layer: MoveLayer | MaxPoolLayer,
  shapeBefore: readonly number[],
  affine: Affine,
): Affine | null {
  if (layer.kind === "maxPool") return resized(affine, shapeBefore[0]!, layer.shape);
  return layer.order === null ? affine : reordered(affine, shapeBefore, layer.order);
}

/** The reverse: from behind a layer to before it. */
export function takenBack(
  layer: MoveLayer | MaxPoolLayer,
  shapeBefore: readonly number[],
  affine: Affine,
): Affine | null {
  if (layer.kind === "maxPool") return resized(affine, shapeBefore[0]!, shapeBefore);
  if (layer.order === null) return affine;
  const { order } = layer;
  return reordered(
    affine,
    layer.shape,
    order.map((_, axis) => order.indexOf(axis)),
  );
}

function reordered({ scale, shift }: Affine, dims: readonly number[], order: readonly number[]): Affine {
  return { scale: transposed({ dims, data: scale }, order).data, shift: transposed({ dims, data: shift }, order).data };
}

/** A maximum commutes with a positive scale that is the same within a channel. */
function resized(affine: Affine, channels: number, shape: readonly number[]): Affine | null {
  const [scale, shift] = [perChannel(affine.scale, channels), perChannel(affine.shift, channels)];
  if (scale === null || shift === null || scale.some((factor) => factor <= 0)) return null;
  const size = shape.reduce((product, each) => product * each, 1);
  return { scale: spread(scale, size), shift: spread(shift, size) };
}
