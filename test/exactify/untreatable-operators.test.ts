import { describe, expect, it } from "vitest";
import { exactify } from "#core/exactify/exactify.ts";
import { Untreatable } from "#core/exactify/untreatable.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { openNative } from "#library/exactify/sessions.ts";
import { int } from "../onnx/build.ts";
import { Classifier, described, ints, images, real, text, ZERO_TO_ONE } from "./classifiers.ts";

const SIDE = 8;
const AFTER_CONV = 3 * 6 * 6;
const begun = (): Classifier => new Classifier([1, SIDE, SIDE]).conv(3, 3);

async function refusal(float: OnnxModel): Promise<Error> {
  const { info, executed } = await described(float, ZERO_TO_ONE);
  return await exactify({
    info,
    executed,
    calibration: images(4, { width: SIDE, height: SIDE }),
    open: openNative,
  }).then(
    () => new Error("it was treated"),
    (error: Error) => error,
  );
}

describe("what has no exact form is named, with what to do", () => {
  it.each<[string, () => OnnxModel, RegExp]>([
    ["Sigmoid", () => begun().node("Sigmoid").classes(AFTER_CONV), /^Sigmoid "Sigmoid_sigmoid1".*Relu or Clip/],
    [
      "LeakyRelu",
      () =>
        begun()
          .node("LeakyRelu", { alpha: real(0.1) })
          .classes(AFTER_CONV),
      /^LeakyRelu .*Relu or Clip/,
    ],
    [
      "a Softmax in the middle",
      () =>
        begun()
          .node("Softmax", { axis: int(1) })
          .classes(AFTER_CONV),
      /^Softmax .*cut off only at the very end/,
    ],
    [
      "an average that divides by fewer elements at the border",
      () =>
        begun()
          .node("AveragePool", { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) })
          .classes(AFTER_CONV),
      /^AveragePool .*count_include_pad = 1/,
    ],
    [
      "a Pad with nothing to take it in",
      () => zerosBefore(begun(), "MaxPool").classes(3 * 7 * 7),
      /^Pad .*its own pads/,
    ],
    [
      "mirrored padding",
      () =>
        mirrored(begun())
          .conv(2, 3)
          .classes(2 * 6 * 6),
      /^Pad .*constant padding/,
    ],
    ["the product of two values", () => squared(begun()).classes(AFTER_CONV), /^Mul .*both depend on the image/],
    [
      "a shift by different numbers within a channel, with no layer to absorb it",
      shiftedByPlace,
      /different numbers within a channel.*one number per channel/,
    ],
    ["an operator without advice", () => begun().node("Sin").classes(AFTER_CONV), /^Sin .*exactify supports .*Conv/],
  ])("%s", async (_, build, sentence) => {
    const error = await refusal(build());
    expect(error).toBeInstanceOf(Untreatable);
    expect(error.message).toMatch(sentence);
  });

  it("and so is calibration without images", async () => {
    const { info, executed } = await described(begun().classes(AFTER_CONV), ZERO_TO_ONE);
    await expect(exactify({ info, executed, calibration: [], open: openNative })).rejects.toThrow(
      /no calibration images/,
    );
  });
});

function zerosBefore(net: Classifier, op: string): Classifier {
  net.node("Pad", {}, [net.integers(0, 0, 1, 1, 0, 0, 1, 1)]);
  return net.node(op, { kernel_shape: ints(2, 2) });
}

function mirrored(net: Classifier): Classifier {
  return net.node("Pad", { mode: text("reflect") }, [net.integers(0, 0, 1, 1, 0, 0, 1, 1)]);
}

function squared(net: Classifier): Classifier {
  return net.node("Mul", {}, [], [net.last, net.last]);
}

function shiftedByPlace(): OnnxModel {
  const net = begun().node("Relu");
  net.node("Add", {}, [net.weight([3, 6, 6], (index) => index / 10)]);
  return net.node("Relu").classes(AFTER_CONV);
}
