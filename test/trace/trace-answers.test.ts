import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BackendId } from "#core/backends.ts";
import type { Backend } from "#core/backends/backend.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import type { ServedModel } from "#core/model/catalogue.ts";
import { IsobitError } from "#core/errors.ts";
import type { Host } from "#core/host.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import { answerTrace } from "#core/trace/answer.ts";
import { absentBackends } from "#origin/absent-backends.ts";
import { loadServedModels } from "../../models/load.ts";
import { startCpuBackend } from "../support/cpu-backend.ts";

/* The real CPU backend against itself, one of the two lying where a test says so: no real backend breaks a certificate on demand. */

let models: readonly ServedModel[];
let cpu: Awaited<ReturnType<typeof startCpuBackend>>;
beforeAll(async () => {
  models = await loadServedModels({});
  cpu = await startCpuBackend(models);
});
afterAll(() => cpu.close());

function surround(other: Backend, alarms: string[] = []): Host {
  return {
    side: "ORIGIN",
    version: "0",
    catalogue: { models: models.map(({ info }) => info) },
    images: [],
    readModel: async ({ id }) => models.find(({ info }) => info.id === id)!.executed,
    explain: async () => null,
    readImage: () => Promise.reject(new Error("no images")),
    decodeOther: async () => [],
    backends: new Map([cpu, other].map((backend) => [backend.id, backend])),
    peers: new Map(),
    alarm: (line) => void alarms.push(line),
    now: () => 0,
    pause: async () => {},
    timestamp: () => "",
  };
}

/** The CPU under another name. */
function posingAs(id: BackendId, lie: (outputs: NamedTensors) => NamedTensors = (outputs) => outputs): Backend {
  return {
    ...cpu,
    id,
    status: async () => ({ ...(await cpu.status()), backend: id }),
    evaluate: async (model, part, feeds) => lie(await cpu.evaluate(model, part, feeds)),
  };
}

/** The last bit of one element of one value is wrong. */
const flipping =
  (value: string) =>
  (outputs: NamedTensors): NamedTensors =>
    new Map(
      [...outputs].map(([name, tensor]) => {
        if (name !== value) return [name, tensor];
        const bytes = tensor.bytes.slice();
        bytes[0] = bytes[0]! ^ 1;
        return [name, { ...tensor, bytes }];
      }),
    );

const levels = (value: number) => ({ kind: "tensor", bytes: bytesOf(new Float32Array(784).fill(value)) }) as const;

describe("a trace of a certified model", () => {
  it("finds nothing and reports no violation if the certificate holds", async () => {
    const alarms: string[] = [];
    const request = { input: levels(17), reference: "CPU", backend: "WASM", model: "digits-exact" } as const;
    const answer = await answerTrace(request, surround(posingAs("WASM"), alarms));
    expect(answer).toMatchObject({ outcome: "IDENTICAL", firstDrift: null, reference: "CPU", backend: "WASM" });
    expect([answer.violations, alarms]).toEqual([[], []]);
    expect(answer.environment.map(({ backend }) => backend).toSorted()).toEqual(["CPU", "WASM"]);
    expect(answer.inputSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("reports a violation when a bit of an inner node differs, even if the logits agree", async () => {
    const alarms: string[] = [];
    const request = { input: levels(17), reference: "CPU", backend: "WASM", model: "digits-exact" } as const;
    const answer = await answerTrace(request, surround(posingAs("WASM", flipping("conv2.sum")), alarms));
    expect(answer.firstDrift).toMatchObject({ name: "conv2.sum", differingElements: 1, originatesHere: true });
    expect(answer.violations).toHaveLength(1);
    expect(answer.violations[0]).toMatchObject({ reference: "CPU", other: "WASM", differingElements: 1 });
    expect(answer.violations[0]?.message).toMatch(/^CERTIFICATE_VIOLATED.*node conv2\.sum \(Conv\)/);
    expect(answer.violations[0]?.otherBits).toHaveLength(40);
    expect(alarms).toHaveLength(1);
    expect(alarms[0]).toMatch(/model [0-9a-f]{64}, input [0-9a-f]{64}$/);
  });

  it("reports a violation when only the served output differs", async () => {
    const request = { input: levels(17), reference: "CPU", backend: "WASM", model: "digits-exact" } as const;
    const lie = posingAs("WASM");
    const serving: Backend = {
      ...lie,
      evaluate: async (model, part, feeds) => {
        const outputs = await lie.evaluate(model, part, feeds);
        return part.kind === "served" ? flipping("logits")(outputs) : outputs;
      },
    };
    const { outcome, firstDrift, violations } = await answerTrace(request, surround(serving));
    expect([outcome, firstDrift]).toEqual(["DRIFT", null]);
    expect(violations[0]?.message).toMatch(/^CERTIFICATE_VIOLATED.*1 logits as served differ/);
  });

  it("is plain drift outside the certificate's domain, and on a model without one", async () => {
    for (const [model, value] of [
      ["digits-exact", 0.5],
      ["digits", 17],
    ] as const) {
      const request = { input: levels(value), reference: "CPU", backend: "WASM", model } as const;
      const lie = flipping(model === "digits" ? "conv2" : "conv2.sum");
      const answer = await answerTrace(request, surround(posingAs("WASM", lie)));
      expect([answer.firstDrift?.differingElements, answer.violations]).toEqual([1, []]);
    }
  });
});

describe("a trace that cannot be", () => {
  const request = { input: levels(1), reference: "CPU", backend: "CUDA" } as const;

  it.each<[string, Parameters<typeof answerTrace>[0], string, RegExp]>([
    ["a backend against itself", { ...request, backend: "CPU" }, "BAD_INPUT", /both CPU.*isobit compare/],
    ["a backend that is not there", request, "BACKEND_UNAVAILABLE", /CUDA is not available: no GPU here/],
    [
      "a backend that is not wired up",
      { ...request, backend: "WEBGPU" },
      "BACKEND_UNAVAILABLE",
      /WEBGPU.*not available on this side/,
    ],
    ["a model that is not served", { ...request, model: "absent" }, "MODEL_NOT_FOUND", /"absent"/],
    [
      "an image that is not there",
      { ...request, backend: "WEBGPU", input: { kind: "image", id: "x" } },
      "IMAGE_NOT_FOUND",
      /"x"/,
    ],
  ])("%s is refused with a sentence", async (_what, asked, code, message) => {
    const [absent] = absentBackends(["CUDA"], "no GPU here").backends;
    const failure = await answerTrace(asked, surround(absent!)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IsobitError);
    expect((failure as IsobitError).code).toBe(code);
    expect((failure as IsobitError).message).toMatch(message);
  });
});
