import { type Levels, levelsOf } from "../image/grey.ts";
import type { Picture } from "../image/image.ts";
import type { ModelInfo } from "./model.ts";
import { resize } from "../image/resize.ts";

/**
 * A decoded picture as a model takes it: its grey or colour levels at the model's input size, before they are
 * normalised. Called where the picture was decoded, so that some kilobytes travel instead of the whole picture.
 */
export function modelLevels(picture: Picture, { input }: Pick<ModelInfo, "input">): Levels {
  return resize(levelsOf(picture, input.channels), input.width, input.height);
}
