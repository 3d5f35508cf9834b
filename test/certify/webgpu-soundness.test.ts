import { beforeAll, describe, expect, test } from "vitest";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { campaign, settings } from "./campaign.ts";
import { packsOf, type Pack } from "./pack.ts";
import type { Outputs } from "./runtimes/feed.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";
import { runOnWebgpu } from "./runtimes/webgpu.ts";
import { differences } from "./verdict.ts";

/** Each graph has shaders of its own to compile, so that even the long run keeps to these. */
const GRAPHS = 210;
const PACKED = 15;
const TIMEOUT_MS = 600_000;

const missing = webgpuMissing();
const { seed } = settings(GRAPHS);

/** Operators, or forms of them, for which ONNX Runtime's WEBGPU has no kernel; the CPU is not to step in. */
function runsOnWebgpu({ graph, opsets }: OnnxModel): boolean {
  const opset = opsets.get("")!;
  return graph.nodes.every(({ op, inputs, attributes }) => {
    const axes = attributes.get("kernel_shape")?.value;
    if (op === "Pad") return inputs.length < 4;
    if (op === "Clip" || op === "DepthToSpace") return opset >= 11;
    if (op === "Max" || op === "Min") return opset >= 8;
    if (op === "GlobalAveragePool" || op === "GlobalMaxPool") return opset < 22;
    if (op === "AveragePool" || op === "MaxPool") return Array.isArray(axes) && axes.length < 3;
    if (op === "Flatten") return opset < 23;
    // A Conv along three axes has no groups, and none has more axes.
    const weights = graph.initializers.get(inputs[1]!)?.dims.length ?? 5;
    if (op === "Conv") return weights < 5 || (weights === 5 && attributes.get("group")?.value === 1n);
    return !["Dropout", "Round", "Shape", "SpaceToDepth", "Sum"].includes(op);
  });
}

describe(`${GRAPHS} random certified graphs on WEBGPU (SOUNDNESS_SEED=${seed})`, skippedFor(missing), () => {
  let ran: readonly (readonly [Pack, Outputs])[];
  let refused: readonly Error[];

  beforeAll(() => {
    const drawn = campaign({ certified: GRAPHS, seed, accepts: runsOnWebgpu, options: { webgpu: true } });
    const packs = answered(packsOf(drawn.trials, PACKED));
    // A graph with a node that has no kernel there takes its whole pack along.
    const singles = answered(
      packsOf(
        packs.flatMap(([{ trials }, answer]) => (answer instanceof Error ? trials : [])),
        1,
      ),
    );
    ran = [...packs, ...singles].flatMap(([pack, answer]) =>
      answer instanceof Error ? [] : [[pack, answer] as const],
    );
    refused = singles.flatMap(([, answer]) => (answer instanceof Error ? [answer] : []));
  }, TIMEOUT_MS);

  test("nearly every graph runs there, with no node on the CPU", () => {
    expect(ran.flatMap(([{ trials }]) => trials).length + refused.length).toBe(GRAPHS);
    expect(refused.length).toBeLessThan(GRAPHS / 20);
    for (const { message } of refused) expect(message).toMatch(/fallback to CPU EP|not support|are supported/);
  });

  test("it gives the true bits", () => {
    expect(ran.flatMap(([pack, answer]) => differences(pack, answer, "WEBGPU"))).toEqual([]);
  });
});

function answered(packs: readonly Pack[]): readonly (readonly [Pack, Outputs | Error])[] {
  const answers = runOnWebgpu(packs);
  return packs.map((pack, at) => [pack, answers[at]!]);
}
