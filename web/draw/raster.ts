import type { Size } from "#core/image/sketch/centre.ts";
import { sketchPixels } from "#core/image/sketch/sketch.ts";
import { PAD_SIDE, type VisibleMark } from "./drawing.ts";
import { paintMarks } from "./paint.ts";

let kept: CanvasRenderingContext2D | null = null;

/**
 * A drawing as the model's input. It is painted again at 280 x 280, so that the input does not depend on the screen.
 * @returns one grey level per pixel, or null if there is no ink
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
  // It is read after every stroke: without this, some browsers would read it back from the GPU.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser does not support 2D canvases.");
  return context;
}
