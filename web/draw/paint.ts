import { getStroke } from "perfect-freehand";
import { PAD_SIDE, type PastedImage, type Stroke, type VisibleMark } from "./drawing.ts";

/** How much the pen's pressure affects the width, and the speed that simulates it for a mouse. */
const THINNING = { pressed: 0.5, simulated: 0.12 };

const paths = new WeakMap<Stroke, Path2D>();
const images = new WeakMap<PastedImage, HTMLCanvasElement>();

/**
 * Paints marks as white ink on a transparent canvas, so that alpha is the ink.
 * @param scale canvas pixels per unit of the pad
 */
export function paintMarks(context: CanvasRenderingContext2D, marks: readonly VisibleMark[], scale: number): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = "#ffffff";
  for (const mark of marks) {
    if (mark.kind === "image") {
      context.globalCompositeOperation = "source-over";
      context.drawImage(canvasOf(mark), 0, 0, PAD_SIDE, PAD_SIDE);
    } else {
      context.globalCompositeOperation = mark.tool === "pen" ? "source-over" : "destination-out";
      context.fill(pathOf(mark));
    }
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalCompositeOperation = "source-over";
}

/** Sets the colour of all ink on a canvas, keeping its alpha. */
export function tint(context: CanvasRenderingContext2D, colour: string): void {
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.globalCompositeOperation = "source-over";
}

/** The outline of a stroke, cached because every repaint needs it. */
function pathOf(stroke: Stroke): Path2D {
  const known = paths.get(stroke);
  if (known) return known;
  const path = outline(stroke);
  paths.set(stroke, path);
  return path;
}

function outline({ points, width, pressed, tool }: Stroke): Path2D {
  const corners = getStroke(
    points.map((point) => [...point]),
    {
      size: width,
      // The eraser's width is constant.
      thinning: tool === "eraser" ? 0 : pressed ? THINNING.pressed : THINNING.simulated,
      simulatePressure: !pressed,
      smoothing: 0.6,
      streamline: 0.35,
      last: true,
    },
  );
  const path = new Path2D();
  // Curves through the midpoints of the edges, so that the outline has no corners.
  corners.forEach(([x = 0, y = 0], index) => {
    const [nextX = 0, nextY = 0] = corners[(index + 1) % corners.length] ?? [];
    const [middleX, middleY] = [(x + nextX) / 2, (y + nextY) / 2];
    if (index === 0) path.moveTo(middleX, middleY);
    else path.quadraticCurveTo(x, y, middleX, middleY);
  });
  path.closePath();
  return path;
}

function canvasOf(image: PastedImage): HTMLCanvasElement {
  const known = images.get(image);
  if (known) return known;
  const canvas = document.createElement("canvas");
  canvas.width = PAD_SIDE;
  canvas.height = PAD_SIDE;
  const rgba = new Uint8ClampedArray(4 * PAD_SIDE * PAD_SIDE).fill(255);
  image.ink.forEach((level, at) => (rgba[4 * at + 3] = level));
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, PAD_SIDE, PAD_SIDE), 0, 0);
  images.set(image, canvas);
  return canvas;
}
