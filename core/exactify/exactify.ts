import type { Levels } from "#core/image/grey.ts";
import type { ModelDescription } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { normalise } from "#core/model/normalise.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { withPreprocess } from "#core/onnx/stated-preprocess.ts";
import { writeModel } from "#core/onnx/write.ts";
import { calibrate } from "./calibrate.ts";
import { chooseBits } from "./choose-bits.ts";
import { exactModel } from "./emit/exact-model.ts";
import { checkFolding } from "./check-folding.ts";
import { fold } from "./fold/fold.ts";
import { lower } from "./lower/lower.ts";
import { reportLayers, type LayerReport } from "./layer-report.ts";
import type { OpenSession } from "./session.ts";
import { untreatable } from "./untreatable.ts";

export interface ExactifyOptions {
  /** The float classifier, as `describeModel` describes and adapts it. */
  readonly info: ModelDescription;
  readonly executed: Uint8Array;
  /** Images like those that the model will see; no labels are needed. */
  readonly calibration: readonly Levels[];
  readonly open: OpenSession;
  readonly allowStrideOne?: boolean;
  /** Called with a sentence about the current step, at most a few times per second. */
  readonly tell?: (sentence: string) => void;
}

export interface Exactified {
  readonly model: OnnxModel;
  /** The ONNX file: the same for the same float file, calibration images and options, if the runtime's floats agree. */
  readonly bytes: Uint8Array;
  readonly preprocess: Preprocess;
  readonly layers: readonly LayerReport[];
}

/** Enough for stable ranges, few enough to run in seconds. */
const MOST_CALIBRATION_IMAGES = 1000;
const SEARCH_IMAGES = 500;

/**
 * Turns a float classifier into one whose every sum is a sum of integers below 2^24, without training it again.
 * The stages: read the graph as layers, fold what is not linear into its neighbours, check that nothing but roundings
 * changed, measure ranges, choose bits, write.
 * @throws Untreatable, ModelRejected
 */
export async function exactify(options: ExactifyOptions): Promise<Exactified> {
  const { info, executed, open, tell = () => {}, allowStrideOne = false } = options;
  const network = fold(lower(readModel(executed), info.input), info.preprocess, info.input);
  const levels = evenly(options.calibration, MOST_CALIBRATION_IMAGES);
  if (levels.length === 0)
    untreatable("There are no calibration images. Give some images like those that the model will see.");
  const preprocess = plainLevels(info);
  const images = levels.map((each) => normalise(each, { ...info, preprocess }));
  tell(`measuring ranges over ${images.length} images`);
  const calibration = await calibrate(network, images, open);
  await checkFolding({ info, executed, levels, folded: calibration.logits, open });
  const host = { calibration, images: images.slice(0, SEARCH_IMAGES), open, tell };
  const exact = await chooseBits(network, host);
  const model = withPreprocess(exactModel(exact, { allowStrideOne }), preprocess);
  return { model, bytes: writeModel(model), preprocess, layers: reportLayers(exact) };
}

/** Grey levels 0 to 255, unchanged. */
function plainLevels({ input }: ModelDescription): Preprocess {
  const each = (value: number): number[] => Array.from({ length: input.channels }, () => value);
  return { scale: 1, mean: each(0), std: each(1), invert: false };
}

/** Evenly picked, and reordered so that any leading part is even too. */
function evenly<Item>(items: readonly Item[], most: number): readonly Item[] {
  const count = Math.min(items.length, most);
  const picked = Array.from({ length: count }, (_, at) => items[Math.floor((at * items.length) / count)]!);
  const halves = [0, 1].map((rest) => picked.filter((_, at) => at % 2 === rest));
  return halves.flat();
}
