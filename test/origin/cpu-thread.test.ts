import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServedModel } from "#core/catalogue.ts";
import { openCpuBackend } from "#origin/cpu-backend.ts";
import { CpuThread } from "#origin/cpu-thread-client.ts";
import type { HostQuestion } from "#origin/host-messages.ts";
import { CLASSES, floats, int, int64s, model, node, uneven, value } from "../onnx/build.ts";
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

const picture = (): Float32Array<ArrayBuffer> => Float32Array.from({ length: PIXELS }, (_, index) => uneven(index));
const question = ({ info }: ServedModel): HostQuestion => ({ ask: "infer", sha256: info.sha256, rows: picture() });

describe("a model that takes long", () => {
  it("leaves the origin's own thread free meanwhile", async () => {
    const backend = await openCpuBackend([large], ({ info }) => info.id);
    try {
      let turns = 0;
      const turn = (): void => void (turns++, (next = setImmediate(turn)));
      let next = setImmediate(turn);
      const [inference] = await backend.infer(large.info, [picture()]).finally(() => clearImmediate(next));
      expect(inference?.ok).toBe(true);
      // What computes where it is called gives it two or three.
      expect(turns).toBeGreaterThan(20);
    } finally {
      await backend.close();
    }
  });
});

describe("the thread that infers", () => {
  let thread: CpuThread;
  beforeAll(async () => {
    thread = new CpuThread([small, large]);
    expect((await thread.open()).map(({ is }) => is)).toEqual(["opened", "opened"]);
  });
  afterAll(() => thread.close());

  it("tells whoever waits when it is lost, and the next question starts it again", async () => {
    const before = await thread.ask(question(small));
    const asked = thread.ask(question(large));
    const lost = expect(asked).rejects.toThrow("the thread that infers has ended");
    await thread.close();
    await lost;
    const after = await thread.ask(question(small));
    expect(before.is).toBe("inferred");
    const logits = [before, after].map((answer) => (answer.is === "inferred" ? answer.outcomes.logits : answer));
    expect(logits[1]).toEqual(logits[0]);
  });

  it("answers a question about a model that it does not have in words, and goes on", async () => {
    expect(await thread.ask({ ask: "infer", sha256: "none", rows: picture() })).toMatchObject({
      is: "failed",
      message: expect.stringContaining("no session is open for the model none"),
    });
    expect(await thread.ask(question(small))).toMatchObject({ is: "inferred" });
  });
});

describe("a picture that is asked for alone, here, and among others, in the thread", () => {
  it("has the same bits", async () => {
    const backend = await openCpuBackend([small], ({ info }) => info.id);
    try {
      const [alone] = await backend.infer(small.info, [picture()]);
      const among = await Promise.all([1, 2, 3].map(() => backend.infer(small.info, [picture()])));
      for (const [inference] of among) {
        expect(inference).toMatchObject({ ok: true, logits: alone?.ok === true ? alone.logits : null });
      }
    } finally {
      await backend.close();
    }
  });
});
