import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { base64 } from "@scure/base";
import { readComparedModel } from "#library/compare/compared-model.ts";
import { ChildProcessClient, ProcessLost } from "#node/child-process-client.ts";
import type { Runner } from "#library/compare/runner.ts";
import { isAbsent, startRunner } from "#library/compare/start-runner.ts";
import { openInputs } from "#library/inputs/open-inputs.ts";
import { IsobitError } from "#core/errors.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { RunnerResponse, RunnerRequest } from "#core/backends/runner-messages.ts";
import { fusedNodesOf } from "#core/trace/fused-nodes.ts";
import type { ElementType, NamedTensors, TensorValue } from "#core/tensors/tensor-value.ts";
import { type RunningEdge, startEdge } from "../support/edge.ts";
import { node, model, value } from "../onnx/build.ts";
import { doubling, lenetLike } from "./graphs.ts";

const SERVED = { level: "extended", threads: null, memory: "default" } as const;

/** y is x, regardless of its bits. */
function identity(type: string): Uint8Array {
  return writeModel(
    model({
      nodes: [node("Identity", ["x"], ["y"])],
      inputs: [value("x", ["N"], type)],
      outputs: [value("y", ["N"], type)],
    }),
  );
}

/** Bits that a conversion would lose: NaNs with payloads, -0, subnormals, the ends of integers. */
const AWKWARD: Readonly<Partial<Record<ElementType, readonly number[]>>> = {
  float32: [0x01, 0x00, 0xc0, 0x7f, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00],
  float64: [0x01, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0x80],
  float16: [0x01, 0x7e, 0x00, 0x80, 0x01, 0x00],
  int8: [0x80, 0x7f, 0xff],
  int16: [0x00, 0x80, 0xff, 0xff],
  int32: [0, 0, 0, 0x80],
  int64: [0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  uint8: [0, 255],
  uint16: [0xff, 0xff],
  uint32: [0xff, 0xff, 0xff, 0xff],
  uint64: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  bool: [0, 1, 1],
};

describe.each(["CPU", "WASM"] as const)("the runner of %s", (backend) => {
  let runner: Runner;
  beforeAll(async () => {
    const started = await startRunner({ backend, version: null, folder: null });
    if (isAbsent(started)) throw new Error(started.reason);
    runner = started;
  });
  afterAll(async () => await runner.end());

  it.each(Object.entries(AWKWARD))("hands %s through bit by bit", async (type, bytes) => {
    await runner.open("identity", identity(type), SERVED);
    const perElement = { 8: 1, 16: 2, 32: 4, 64: 8 }[/\d+/.exec(type)?.[0] ?? "8"] ?? 1;
    const tensor: TensorValue = {
      type: type as ElementType,
      dims: [bytes.length / perElement],
      bytes: Uint8Array.from(bytes),
    };
    const { outputs } = await runner.run("identity", new Map([["x", tensor]]));
    expect(outputs.get("y")).toEqual(tensor);
  });

  it("takes bytes that start anywhere, and empty tensors", async () => {
    await runner.open("doubling", writeModel(doubling()), SERVED);
    const bytes = new Uint8Array(13);
    bytes.set(new Uint8Array(Float32Array.of(1, 2, 3).buffer), 1);
    const { outputs } = await runner.run("doubling", feeds([1, 3], bytes.subarray(1)));
    expect([...new Float32Array(outputs.get("y")!.bytes.slice().buffer)]).toEqual([2, 4, 6]);
    expect((await runner.run("doubling", feeds([0, 3], new Uint8Array()))).outputs.get("y")).toMatchObject({
      dims: [0, 3],
    });
  });

  it("answers every request in order, however many are asked at once", async () => {
    await runner.open("doubling", writeModel(doubling()), SERVED);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { outputs } = await runner.run(
          "doubling",
          feeds([1, 3], new Uint8Array(Float32Array.of(index, 0, 0).buffer)),
        );
        return new Float32Array(outputs.get("y")!.bytes.slice().buffer)[0];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => 2 * index));
  });

  it("fails one request at a time, in ONNX Runtime's words without its own file names", async () => {
    const unknown = writeModel(
      model({ nodes: [node("Fly", ["x"], ["y"])], inputs: [value("x", ["N"])], outputs: [value("y", ["N"])] }),
    );
    await expect(runner.open("unknown", unknown, SERVED)).rejects.toThrow(new RegExp(`^${backend} failed: .*Fly`));
    await expect(runner.run("unknown", new Map())).rejects.toThrow(/no session is open/);
    await runner.open("doubling", writeModel(doubling()), SERVED);
    await expect(runner.run("doubling", feeds([1, 4], new Uint8Array(16)))).rejects.toThrow(IsobitError);
    await expect(runner.run("doubling", new Map())).rejects.toThrow(IsobitError);
    expect((await runner.run("doubling", feeds([1, 3], new Uint8Array(12)))).outputs.size).toBe(1);
  });

  it("reports what its optimiser made of a model, or that it cannot", async () => {
    const optimised = await runner.optimised(writeModel(lenetLike()), SERVED);
    if (backend === "WASM") expect(optimised).toBeNull();
    else expect(fusedNodesOf(readModel(optimised!)).join()).toMatch(/FusedConv/);
  });
});

function feeds(dims: readonly number[], bytes: Uint8Array): NamedTensors {
  return new Map([["x", { type: "float32", dims, bytes }]]);
}

describe("a process that ends unexpectedly", () => {
  it("fails its current request, and every later one", async () => {
    const asked = new ChildProcessClient<RunnerRequest, RunnerResponse>("origin/runner/provider-process", ["cpu"]);
    expect(await asked.request({ ask: "hello" }, 60_000)).toMatchObject({ is: "hello" });
    process.kill(asked.pid!, "SIGSTOP");
    await expect(asked.request({ ask: "hello" }, 50)).rejects.toThrow(ProcessLost);
    await expect(asked.request({ ask: "hello" }, 60_000)).rejects.toThrow(/did not respond within 0\.05 s/);
    await asked.close();
  });

  it("fails the requests in flight when it is killed", async () => {
    const asked = new ChildProcessClient<RunnerRequest, RunnerResponse>("origin/runner/provider-process", ["cpu"]);
    expect(await asked.request({ ask: "hello" }, 60_000)).toMatchObject({ is: "hello" });
    process.kill(asked.pid!, "SIGSTOP");
    const underWay = asked.request({ ask: "hello" }, 60_000);
    process.kill(asked.pid!, "SIGKILL");
    await expect(underWay).rejects.toThrow(/was ended by SIGKILL/);
    await asked.close();
  });

  it("reports an error if it cannot start", async () => {
    const asked = new ChildProcessClient<RunnerRequest, RunnerResponse>("origin/runner/no-such-process");
    await expect(asked.request({ ask: "hello" }, 60_000)).rejects.toThrow(/ended with exit code 1/);
    expect(asked.stderr).toMatch(/no-such-process/);
    await asked.close();
  });
});

describe("the Worker and the command's WASM", () => {
  let edge: RunningEdge;
  beforeAll(async () => {
    edge = await startEdge();
  });
  afterAll(async () => await edge?.stop());

  it("give a float model's ten digits the same bits", async () => {
    const query =
      '{ parity(backends: [WASM], model: "digits") { rows { image outputs { prediction { logits { bits } } } } } }';
    const { data } = await edge.graphql<{
      parity: { rows: { image: string; outputs: { prediction: { logits: { bits: string } } }[] }[] };
    }>(query);
    const served = data.parity.rows.map(({ image, outputs }) => [image, outputs[0]?.prediction.logits.bits]);
    const { onnx, executed, classifier } = await readComparedModel("digits", { asIs: false, preprocess: {} });
    const runner = await startRunner({ backend: "WASM", version: null, folder: null });
    if (isAbsent(runner)) throw new Error(runner.reason);
    try {
      await runner.open("digits", executed, SERVED);
      const target = { inputs: onnx.graph.inputs, outputs: onnx.graph.outputs, classifier };
      const own: [string, string][] = [];
      for await (const row of await openInputs({}, target)) {
        const { outputs } = await runner.run("digits", row.feeds as NamedTensors);
        own.push([row.id, base64.encode([...outputs.values()][0]!.bytes)]);
      }
      expect(own).toHaveLength(10);
      expect(own).toEqual(served);
    } finally {
      await runner.end();
    }
  });
});
