import type { Size } from "#core/image/sketch/centre.ts";
import { sketchPixels } from "#core/image/sketch/sketch.ts";
import { PAD_SIDE, type VisibleMark } from "./drawing.ts";
import { paintMarks } from "./paint.ts";

let kept: CanvasRenderingContext2D | null = null;

/**
 * A drawing as the model sees it. It is painted once more for this, at 280 x 280 whatever the screen's pixels are, so
 * that the same drawing is the same input on a phone and on a desktop.
 * @returns one grey level a pixel, or null where no ink is left
 */
export function pixelsOf(marks: readonly VisibleMark[], size: Size): Uint8Array | null {
  if (marks.length === 0) return null;
  const context = (kept ??= newContext());
  context.clearRect(0, 0, PAD_SIDE, PAD_SIDE);
  paintMarks(context, marks, 1);
  const { data } = context.getImageData(0, 0, PAD_SIDE, PAD_SIDE);
  const rgba = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return sketchPixels({ width: PAD_SIDE, height: PAD_SIDE, rgba }, size, "pad");
}

function newContext(): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = PAD_SIDE;
  canvas.height = PAD_SIDE;
  // Read after every stroke: without this, some browsers fetch it from the GPU each time.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser gives no 2D canvas.");
  return context;
}
