import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServedModel } from "#core/model/catalogue.ts";
import { CpuHost } from "#origin/cpu-host.ts";
import { startHostProcess, startHostThread } from "#origin/start-host.ts";
import type { HostRequest } from "#origin/host-messages.ts";
import { CLASSES, floats, int, int64s, model, node, uneven, value } from "../onnx/build.ts";
import { startCpuBackend } from "../support/cpu-backend.ts";
import { loopingModel } from "../support/looping-model.ts";
import { descendantsOf, isAlive, untilBusy } from "../support/processes.ts";
import { served } from "../support/served-model.ts";

const SIDE = 64;
const PIXELS = SIDE * SIDE;
const HIDDEN = 256;

/** Too large for one thread, and with some tenths of a second of work in one node. */
let large: ServedModel;
/** The first classes of the same sums, in no time. */
let small: ServedModel;

beforeAll(async () => {
  const inputs = [value("x", [1, 1, SIDE, SIDE])];
  const outputs = [value("y", [1, CLASSES])];
  const rows = int64s("rows", [1, PIXELS]);
  large = await served(
    "large",
    model({
      inputs,
      outputs,
      nodes: [
        node("Reshape", ["x", "rows"], ["flat"]),
        node("MatMul", ["flat", "w"], ["hidden"]),
        node("Mul", ["w", "hidden"], ["wide"]),
        node("Transpose", ["wide"], ["turned"]),
        node("MatMul", ["wide", "turned"], ["square"]),
        node("ReduceMean", ["square"], ["mean"], { keepdims: int(0) }),
        node("MatMul", ["hidden", "head"], ["scores"]),
        node("Add", ["scores", "mean"], ["y"]),
      ],
      weights: [rows, floats("w", [PIXELS, HIDDEN], uneven), floats("head", [HIDDEN, CLASSES], uneven)],
    }),
  );
  small = await served(
    "small",
    model({
      inputs,
      outputs,
      nodes: [node("Reshape", ["x", "rows"], ["flat"]), node("MatMul", ["flat", "w"], ["y"])],
      weights: [rows, floats("w", [PIXELS, CLASSES], uneven)],
    }),
  );
});

const image = (): Float32Array<ArrayBuffer> => Float32Array.from({ length: PIXELS }, (_, index) => uneven(index));
const request = ({ info }: ServedModel): HostRequest => ({ ask: "infer", sha256: info.sha256, rows: image() });

const hostProcesses = (): number[] =>
  descendantsOf(process.pid)
    .filter(({ commandLine }) => commandLine.endsWith("host-process.ts cpu"))
    .map(({ pid }) => pid);

describe("a slow model", () => {
  it("leaves the origin's own thread free meanwhile", async () => {
    const backend = await startCpuBackend([large]);
    try {
      let turns = 0;
      const turn = (): void => void (turns++, (next = setImmediate(turn)));
      let next = setImmediate(turn);
      const [inference] = await backend.infer(large.info, [image()]).finally(() => clearImmediate(next));
      expect(inference?.ok).toBe(true);
      // Computing on this thread leaves it two or three.
      expect(turns).toBeGreaterThan(20);
    } finally {
      await backend.close();
    }
  });

  it("is ended inside an inference that depends on the image and never ends, though the model is small", async () => {
    const endless = await served("endless", loopingModel(Infinity, { large: false }));
    const backend = await startCpuBackend([endless]);
    const [host] = hostProcesses();
    const [blank, white] = [0, 1].map((level) => new Float32Array(endless.info.input.elements).fill(level));
    expect(await backend.infer(endless.info, [blank!])).toMatchObject([{ ok: true }]);
    const asked = expect(backend.infer(endless.info, [white!])).rejects.toThrow(/was lost during this call .*SIGKILL/);
    await untilBusy([host!]);
    await backend.close();
    await asked;
    expect(isAlive(host!)).toBe(false);
  });
});

describe("the process that holds the sessions", () => {
  let host: CpuHost;
  beforeAll(async () => {
    host = new CpuHost(() => startHostProcess("cpu"));
    expect((await host.open([small, large])).map(({ is }) => is)).toEqual(["opened", "opened"]);
  });
  afterAll(() => host.close());

  it("reports to the caller when it ends, and the next request restarts it", async () => {
    const before = await host.request(request(small));
    const lost = expect(Promise.all([host.request(request(large)), host.request(request(small))])).rejects.toThrow(
      "its host was lost during this call (it was ended by SIGKILL); the next call restarts it",
    );
    for (const pid of hostProcesses()) process.kill(pid, "SIGKILL");
    await lost;
    const after = await host.request(request(small));
    expect(before.is).toBe("inferred");
    const logits = [before, after].map((answer) => (answer.is === "inferred" ? answer.outcomes.logits : answer));
    expect(logits[1]).toEqual(logits[0]);
  });

  it("answers a request about an unknown model with an error message, and continues", async () => {
    expect(await host.request({ ask: "infer", sha256: "none", rows: image() })).toMatchObject({
      is: "failed",
      message: expect.stringContaining("no session is open for the model none"),
    });
    expect(await host.request(request(small))).toMatchObject({ is: "inferred" });
  });

  it("answers several requests at once, each with its own answer", async () => {
    const asked = [small, large, small].map((each) => host.request(request(each)));
    const logits = (await Promise.all(asked)).map((answer) =>
      answer.is === "inferred" ? answer.outcomes.logits : answer,
    );
    expect(logits[2]).toEqual(logits[0]);
    expect(logits[1]).not.toEqual(logits[0]);
  });
});

describe("the thread that holds the sessions under Deno", () => {
  it("ends after the current inference, which still answers", async () => {
    const looping = await served("looping", loopingModel(1e6, { large: false }));
    const thread = startHostThread();
    await thread.request({ ask: "open", model: looping.info, bytes: looping.executed });
    const rows = new Float32Array(looping.info.input.elements).fill(1);
    const asked = thread.request({ ask: "infer", sha256: looping.info.sha256, rows });
    await untilBusy([process.pid]);
    await thread.close();
    expect(await asked).toMatchObject({ is: "inferred" });
    await expect(thread.request({ ask: "infer", sha256: looping.info.sha256, rows })).rejects.toThrow(
      "is being closed",
    );
  });
});

describe("an image that is asked for alone, here, and with others, in the process", () => {
  it("has the same bits", async () => {
    const backend = await startCpuBackend([small]);
    try {
      const [alone] = await backend.infer(small.info, [image()]);
      const among = await Promise.all([1, 2, 3].map(() => backend.infer(small.info, [image()])));
      for (const [inference] of among) {
        expect(inference).toMatchObject({ ok: true, logits: alone?.ok === true ? alone.logits : null });
      }
    } finally {
      await backend.close();
    }
  });
});
