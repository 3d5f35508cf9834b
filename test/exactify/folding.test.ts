import { describe, expect, it } from "vitest";
import { floatRunnable } from "#core/exactify/check-folding.ts";
import { floatModel } from "#core/exactify/emit/float-model.ts";
import { fold } from "#core/exactify/fold/fold.ts";
import { lower } from "#core/exactify/lower/lower.ts";
import type { Network } from "#core/exactify/network.ts";
import { logitsOf, runnable } from "#core/exactify/session.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { normalise } from "#core/model/normalise.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { openNative } from "#library/exactify/sessions.ts";
import { int, uneven } from "../onnx/build.ts";
import { Classifier, described, ints, images, ZERO_TO_ONE } from "./classifiers.ts";

const SIDE = 8;
const FLOAT32_ROUNDINGS = 1e-4;
const NORMALISED: Preprocess = { scale: 1 / 255, mean: [0.1307], std: [0.3081], invert: false };
const same = ints(1, 1, 1, 1);

const net = (): Classifier => new Classifier([1, SIDE, SIDE]);

describe("folding", () => {
  it.each<[string, () => OnnxModel, Preprocess]>([
    [
      "BatchNormalization behind a Conv",
      () =>
        net()
          .conv(3, 3, { pads: same })
          .batchNormalisation()
          .node("Relu")
          .classes(3 * SIDE * SIDE),
      ZERO_TO_ONE,
    ],
    [
      "BatchNormalization behind a Relu, before a Conv",
      () =>
        net()
          .conv(3, 3)
          .node("Relu")
          .batchNormalisation()
          .conv(2, 3, {}, { seed: 5 })
          .classes(2 * 4 * 4),
      ZERO_TO_ONE,
    ],
    [
      "BatchNormalization before a padded Conv",
      () =>
        net()
          .conv(3, 3)
          .node("Relu")
          .batchNormalisation()
          .conv(2, 3, { pads: same }, { seed: 5 })
          .classes(2 * 6 * 6),
      ZERO_TO_ONE,
    ],
    [
      "BatchNormalization of the image, before a padded Conv",
      () =>
        net()
          .batchNormalisation()
          .conv(2, 3, { pads: same })
          .classes(2 * SIDE * SIDE),
      ZERO_TO_ONE,
    ],
    [
      "BatchNormalization behind a MaxPool",
      () =>
        net()
          .conv(3, 3)
          .node("MaxPool", { kernel_shape: ints(2, 2), strides: ints(2, 2) })
          .batchNormalisation()
          .node("Relu")
          .classes(3 * 3 * 3),
      ZERO_TO_ONE,
    ],
    ["BatchNormalization of features", () => features().batchNormalisation().node("Relu").classes(9), ZERO_TO_ONE],
    [
      "BatchNormalization of features that a Relu cut",
      () => features().node("Relu").batchNormalisation().classes(9),
      ZERO_TO_ONE,
    ],
    [
      "mean and std before a padded Conv",
      () =>
        net()
          .conv(3, 3, { pads: same })
          .classes(3 * SIDE * SIDE),
      NORMALISED,
    ],
    [
      "dark ink before a padded Conv",
      () =>
        net()
          .conv(3, 3, { pads: same })
          .classes(3 * SIDE * SIDE),
      { ...NORMALISED, invert: true },
    ],
    ["x / 255 and x - mean inside the graph", scaledInside, { scale: 1, mean: [0], std: [1], invert: false }],
    ["a Pad of its own before a Conv", padded, NORMALISED],
    [
      "a Relu behind a MaxPool",
      () =>
        net()
          .conv(3, 3)
          .node("MaxPool", { kernel_shape: ints(2, 2), strides: ints(2, 2) })
          .node("Relu")
          .classes(3 * 3 * 3),
      ZERO_TO_ONE,
    ],
    [
      "a MaxPool with ceil_mode",
      () =>
        net()
          .conv(3, 3)
          .node("MaxPool", { kernel_shape: ints(2, 2), strides: ints(4, 4), ceil_mode: int(1) })
          .classes(3 * 2 * 2),
      ZERO_TO_ONE,
    ],
    ["a Reshape whose shape is computed", computedShape, ZERO_TO_ONE],
  ])("of %s changes nothing but roundings", async (_, build, preprocess) => {
    const { folded, original, network } = await bothLogits(build(), preprocess);
    expect(network.layers.map(({ kind }) => kind)).not.toContain("affine");
    expect(network.layers.map(({ kind }) => kind)).not.toContain("pad");
    const largest = Math.max(...original.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    for (const [at, logit] of original.entries())
      expect(Math.abs(folded[at]! - logit)).toBeLessThanOrEqual(FLOAT32_ROUNDINGS * largest);
  });

  it("takes the means of three colours, side by side in NHWC, into the first layer", async () => {
    const colours = new Classifier([SIDE, SIDE, 3]).node("Transpose", { perm: ints(0, 3, 1, 2) });
    const preprocess: Preprocess = {
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      invert: false,
    };
    const weights = colours.weight([2, 3, 3, 3], uneven);
    const float = colours
      .node("Conv", { pads: same }, [weights])
      .node("Relu")
      .classes(2 * SIDE * SIDE);
    const { folded, original } = await bothLogits(float, preprocess, 3);
    const largest = Math.max(...original.map(Math.abs));
    for (const [at, logit] of original.entries())
      expect(Math.abs(folded[at]! - logit)).toBeLessThanOrEqual(FLOAT32_ROUNDINGS * largest);
  });
});

function features(): Classifier {
  const flat = new Classifier([1, SIDE, SIDE]).node("Flatten");
  const weights = flat.weight([SIDE * SIDE, 9], (index) => uneven(index) / SIDE);
  flat.node("Gemm", {}, [weights]);
  return flat.withChannels(9);
}

function scaledInside(): OnnxModel {
  const inside = net();
  inside.node("Div", {}, [inside.weight([], () => 255)]);
  inside.node("Sub", {}, [inside.weight([1, 1, 1], () => 0.5)]);
  return inside
    .conv(3, 3, { pads: same })
    .node("Relu")
    .classes(3 * SIDE * SIDE);
}

function padded(): OnnxModel {
  const own = net();
  own.node("Pad", {}, [own.integers(0, 0, 1, 1, 0, 0, 1, 1)]);
  return own
    .conv(3, 3)
    .node("Relu")
    .classes(3 * SIDE * SIDE);
}

/** As PyTorch writes x.view(x.size(0), -1). */
function computedShape(): OnnxModel {
  const own = net().conv(2, 3).node("Relu");
  const map = own.last;
  own.node("Shape").node("Gather", { axis: int(0) }, [own.integers(0)]);
  own.node("Concat", { axis: int(0) }, [own.integers(-1)]);
  return own.node("Reshape", {}, [own.last], [map]).classes(2 * 6 * 6);
}

async function bothLogits(
  float: OnnxModel,
  preprocess: Preprocess,
  channels: 1 | 3 = 1,
): Promise<{ folded: Float32Array; original: Float32Array; network: Network }> {
  const { info, executed } = await described(float, preprocess);
  const network = fold(lower(readModel(executed), info.input), info.preprocess, info.input);
  const levels = images(8, { width: SIDE, height: SIDE, channels });
  const fed = (own: Preprocess): Float32Array[] => levels.map((each) => normalise(each, { ...info, preprocess: own }));
  const asTheyAre = {
    scale: 1,
    mean: info.preprocess.mean.map(() => 0),
    std: info.preprocess.std.map(() => 1),
    invert: false,
  };
  const model = floatModel(network, []);
  return {
    network,
    folded: await logitsOf(openNative, { ...runnable(model, network.input), output: network.output }, fed(asTheyAre)),
    original: await logitsOf(openNative, floatRunnable(info, executed), fed(info.preprocess)),
  };
}
