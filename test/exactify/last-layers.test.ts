import { describe, expect, it } from "vitest";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { logitsOf } from "#core/exactify/session.ts";
import { openWasm } from "#library/exactify/sessions.ts";
import { int, uneven } from "../onnx/build.ts";
import { Classifier, ints, images, ZERO_TO_ONE } from "./classifiers.ts";
import { madeExact, relativeError } from "./run-exactly.ts";

const SIDE = 8;
const begun = (): Classifier => new Classifier([1, SIDE, SIDE]).conv(3, 3).node("Relu");

describe("logits keep the float model's scale", () => {
  it.each<[string, () => OnnxModel]>([
    ["out of a Gemm", () => begun().classes(3 * 6 * 6)],
    ["out of a GlobalAveragePool", () => flat(begun().conv(3, 3, {}, { seed: 4 }).node("GlobalAveragePool"))],
    [
      "out of a mean over height and width",
      () =>
        begun()
          .conv(3, 3, {}, { seed: 4 })
          .node("ReduceMean", { axes: ints(2, 3), keepdims: int(0) })
          .model(),
    ],
    ["out of a GlobalMaxPool", () => flat(begun().conv(3, 3, {}, { seed: 4 }).node("GlobalMaxPool"))],
    [
      "out of a Relu",
      () => {
        const net = begun();
        net.classes(3 * 6 * 6);
        return net.node("Relu").model();
      },
    ],
    ["out of a sum of two Gemms", sumOfTwo],
    ["out of two Gemms side by side", sideBySide],
    ["scaled by a constant at the end", scaled],
  ])("%s", async (_, build) => {
    const made = await madeExact(build(), images(24, { width: SIDE, height: SIDE }), ZERO_TO_ONE);
    expect(made.certification).toMatchObject({ certified: true, certificate: { anyAlgorithm: true, tf32Safe: true } });
    expect(relativeError(made)).toBeLessThan(0.02);
    const elsewhere = await logitsOf(openWasm, made.runnable, made.tensors);
    expect(new Uint32Array(elsewhere.buffer)).toEqual(new Uint32Array(made.exactLogits.buffer));
  });
});

function flat(net: Classifier): OnnxModel {
  return net.node("Flatten").model();
}

/** @returns the name of what a Gemm of the flattened features makes */
function product(net: Classifier, input: string, outputs: number, seed: number): string {
  const weights = net.weight([3 * 6 * 6, outputs], (index) => uneven(index + seed) / 10);
  return net.node("Gemm", {}, [weights, net.weight([outputs], uneven)], [input]).last;
}

function sumOfTwo(): OnnxModel {
  const net = begun().node("Flatten");
  const input = net.last;
  const [left, right] = [product(net, input, 3, 1), product(net, input, 3, 2)];
  return net.node("Add", {}, [], [left, right]).model();
}

function sideBySide(): OnnxModel {
  const net = begun().node("Flatten");
  const input = net.last;
  const [left, right] = [product(net, input, 1, 1), product(net, input, 2, 2)];
  return net.node("Concat", { axis: int(1) }, [], [left, right]).model();
}

function scaled(): OnnxModel {
  const net = begun();
  net.classes(3 * 6 * 6);
  return net.node("Mul", {}, [net.weight([], () => 3.7)]).model();
}
