import { type Levels, levelsOf } from "../image/grey.ts";
import type { RgbaImage } from "../image/image.ts";
import type { ModelInfo } from "./model.ts";
import { resize } from "../image/resize.ts";

/**
 * A decoded image as a model takes it: its grey or colour levels at the model's input size, before they are normalised.
 * Called on the side that decodes, so that kilobytes are sent instead of the whole image.
 */
export function modelLevels(image: RgbaImage, { input }: Pick<ModelInfo, "input">): Levels {
  return resize(levelsOf(image, input.channels), input.width, input.height);
}
