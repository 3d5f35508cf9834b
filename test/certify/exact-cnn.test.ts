import { expect, test } from "vitest";
import { certify, certifyGreyLevels } from "#core/certify/certify.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { CNN_SHAPE, exactCnn } from "./exact-cnn.ts";
import { tryEveryRow, type Trial } from "./trial.ts";
import { packsOf } from "./pack.ts";
import { LEVELS, runOnCpu } from "./runtimes/cpu.ts";
import { runOnWasm } from "./runtimes/wasm.ts";
import { differences } from "./verdict.ts";

const GREY_LEVELS = { shape: CNN_SHAPE, exponent: 0, lo: 0, hi: 255 };
const UNSCALED = { scale: 1, mean: [0], std: [1], invert: false };

function trial(): Trial {
  const tried = tryEveryRow({ model: exactCnn(), domain: GREY_LEVELS });
  if (tried.kind !== "ready") throw new Error(tried.kind === "refused" ? tried.reason : tried.what);
  return tried.trial;
}

test("a strided CNN with requantised layers is certified for every algorithm and for TF32", () => {
  const certification = certifyGreyLevels(exactCnn(), UNSCALED, CNN_SHAPE, { anyAlgorithm: true, tf32: true });
  expect(certification).toMatchObject({
    certified: true,
    certificate: { inputDomain: "integers 0 to 255", anyAlgorithm: true, tf32Safe: true },
  });
  if (!certification.certified) return;
  const { headroomUsed, nodes, assumptions } = certification.certificate;
  expect(headroomUsed).toBeGreaterThan(0.05);
  expect(headroomUsed).toBeLessThan(1);
  expect(nodes.map(({ op }) => op)).toEqual(exactCnn().graph.nodes.map(({ op }) => op));
  expect(nodes.every(({ exact, mayBeNegativeZero }) => exact && !mayBeNegativeZero)).toBe(true);
  expect(assumptions.some((sentence) => sentence.includes("TF32"))).toBe(true);
  expect(assumptions.some((sentence) => sentence.includes("move by 1"))).toBe(false);
});

test("the bound of its first convolution is the one counted by hand", () => {
  const model = exactCnn();
  const [first] = model.graph.nodes;
  const weights = model.graph.initializers.get(first!.inputs[1]!);
  const bias = model.graph.initializers.get(first!.inputs[2]!);
  if (weights?.type !== "float32" || bias?.type !== "float32") throw new Error("not float32");
  const sums = [...bias.data].map((each, channel) =>
    weights.data
      .subarray(channel * 25, channel * 25 + 25)
      .reduce((sum, weight) => sum + Math.abs(weight) * 255, Math.abs(each)),
  );
  const certification = certify(model, GREY_LEVELS);
  const [node] = certification.certified ? certification.certificate.nodes : certification.nodes;
  expect(node?.bound).toEqual({ units: Math.max(...sums), exponent: 0, channel: sums.indexOf(Math.max(...sums)) });
});

test.each(LEVELS.map((level) => [level] as const))(
  "its logits have the true bits on CPU and WASM at level %s",
  async (level) => {
    const packs = packsOf([trial()], 1);
    for (const pack of packs) {
      expect(differences(pack, await runOnCpu(pack.bytes, pack.feeds, level, 2), "CPU")).toEqual([]);
      expect(differences(pack, await runOnWasm(pack.bytes, pack.feeds, level), "WASM")).toEqual([]);
    }
  },
);

test("written and read again, it is certified alike", () => {
  expect(certify(readModel(writeModel(exactCnn())), GREY_LEVELS)).toEqual(certify(exactCnn(), GREY_LEVELS));
});
