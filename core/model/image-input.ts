import { MAX_IMAGE_PIXELS } from "../limits.ts";
import type { Layout, ModelInput } from "./model.ts";
import type { Graph, ValueInfo } from "../onnx/graph.ts";
import { quoted, rejectModel } from "../onnx/rejected.ts";
import { describeType } from "../onnx/value-info.ts";

/** The image that a shape describes; sizes of -1 are dynamic. A shape without a batch is a fixed batch of one. */
interface Geometry {
  readonly layout: Layout;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * The single image that the graph takes. A batch of 0 must have been made dynamic before.
 * @throws ModelRejected for several inputs, another type than float32, or a shape that is not an image of known size
 */
export function readInput(graph: Graph): ModelInput {
  const input = onlyInput(graph);
  const { name } = input;
  const found = `Its input ${quoted(name)} is ${describeType(input)}`;
  if (input.elementType !== "float32")
    rejectModel(`${found}; isobit feeds float32. Export the model with a float32 input.`);
  if (input.shape === null) rejectModel(`${found} without a shape. Export the model with the shape of its input.`);
  const { shape } = input;
  const geometry = geometryOf(shape);
  if (geometry && Math.min(geometry.height, geometry.width, geometry.channels) < 0)
    rejectModel(`${found}: only the batch may be dynamic. Export the model with a fixed height and width.`);
  if (!geometry || ![1, 3].includes(geometry.channels) || geometry.height < 1 || geometry.width < 1)
    rejectModel(
      `${found}, which is not an image that isobit supports: [N,1,H,W], [N,3,H,W], [N,H,W,1], [N,H,W,3], [N,H,W], or [N,H*W] with H = W.`,
    );
  const { layout, batch, height, width } = geometry;
  const channels = geometry.channels as 1 | 3;
  const elements = height * width * channels;
  if (Math.max(batch, 1) * elements > MAX_IMAGE_PIXELS)
    rejectModel(
      `${found}, more than the ${MAX_IMAGE_PIXELS} numbers that isobit feeds at once. Export it with a smaller image or batch.`,
    );
  return { name, shape, layout, fixedBatch: batch === -1 ? null : batch, width, height, channels, elements };
}

function onlyInput({ inputs }: Graph): ValueInfo {
  const [input, ...others] = inputs;
  if (!input) rejectModel("It has no input for an image. Export the model with its image as the input.");
  if (others.length === 0) return input;
  const list = inputs.map((each) => `${quoted(each.name)} (${describeType(each)})`).join(", ");
  rejectModel(
    `It has ${inputs.length} inputs: ${list}. isobit serves classifiers of one image; export the model with one input.`,
  );
}

function geometryOf(shape: readonly number[]): Geometry | null {
  const [a = 0, b = 0, c = 0, d = 0] = shape;
  switch (shape.length) {
    case 1:
      return flat(1, a);
    case 2:
      // [16, 16] may be an image without a batch or sixteen of 4x4; a guess would be wrong half the time.
      return a === b && a > 0 ? null : flat(a, b);
    case 3:
      return ofRankThree(a, b, c);
    case 4:
      return ofRankFour(a, b, c, d);
    default:
      return null;
  }
}

/** [N,H,W], unless the sizes show an image without a batch, or pixels in a row. */
function ofRankThree(a: number, b: number, c: number): Geometry | null {
  if ((c === 1 || c === 3) && a === b) return { layout: "NHWC", batch: 1, height: a, width: b, channels: c };
  if (c === 3) return null;
  if (b === 1 || c === 1) return flat(a, b * c);
  return { layout: "NHW", batch: a, height: b, width: c, channels: 1 };
}

/** Channels first if both readings fit, as in ONNX's own operators. One line of pixels is a flat image. */
function ofRankFour(batch: number, b: number, c: number, d: number): Geometry | null {
  const first = b === 1 || b === 3;
  if (!first && d !== 1 && d !== 3) return null;
  const [height, width, channels] = first ? [c, d, b] : [b, c, d];
  if (channels === 1 && (height === 1) !== (width === 1)) return flat(batch, height * width);
  return { layout: first ? "NCHW" : "NHWC", batch, height, width, channels };
}

/** Pixels in one row, of a square image. */
function flat(batch: number, pixels: number): Geometry | null {
  if (pixels < 0) return { layout: "FLAT", batch, height: -1, width: -1, channels: 1 };
  const side = Math.round(Math.sqrt(pixels));
  return side * side === pixels ? { layout: "FLAT", batch, height: side, width: side, channels: 1 } : null;
}
