import type { Size } from "#core/image/sketch/centre.ts";

/**
 * Width and height of the image in a model's input shape: [N,C,H,W], [N,H,W,C], [N,H,W] or [N,H*W], where C is 1 or 3
 * and -1 is a dynamic batch. The side that serves the model has checked the shape.
 */
export function inputSize(shape: readonly number[]): Size {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  if (shape.length === 4) {
    const [height, width] = isChannels(b) ? [c, d] : [b, c];
    return (height === 1) === (width === 1) ? { height, width } : square(height * width);
  }
  if (shape.length === 3) {
    if (isChannels(c) && a === b) return { height: a, width: b };
    return b === 1 || c === 1 ? square(b * c) : { height: b, width: c };
  }
  return square(shape.length === 1 ? a : b);
}

function isChannels(size: number): boolean {
  return size === 1 || size === 3;
}

function square(pixels: number): Size {
  const side = Math.round(Math.sqrt(pixels));
  return { width: side, height: side };
}
