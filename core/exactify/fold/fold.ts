import type { ModelInput } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import type { Network } from "../network.ts";
import { foldAffine } from "./affine.ts";
import { foldClips } from "./clips.ts";
import { foldPads } from "./pads.ts";
import { withPreprocess } from "./preprocess.ts";

/**
 * The same network from grey levels to logits, made only of linear layers with clips, maxima, moves and joins.
 * The stages: Pads into convolutions, preprocessing in front, scales and shifts into linear layers, clips into them too.
 */
export function fold(network: Network, preprocess: Preprocess, input: ModelInput): Network {
  return foldClips(foldAffine(withPreprocess(foldPads(network), preprocess, input)));
}
