import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sweep } from "#library/sweep/sweep.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

describe("sweep as a function", () => {
  let stack: SharedStack;
  let folder: string;

  beforeAll(async () => {
    [stack, folder] = await Promise.all([sharedStack(), mkdtemp(join(tmpdir(), "isobit-library-sweep-"))]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("returns the report, reports progress, and prints nothing", async () => {
    const told: number[] = [];
    const { report, summary, path } = await sweep(null, {
      url: stack.edgeUrl,
      backends: ["WASM", "CPU"],
      random: 30,
      seed: 7,
      batch: 10,
      out: folder,
      onProgress: ({ done, total }) => told.push(done / total),
    });
    expect(report).toMatchObject({ kind: "sweep", outcome: "IDENTICAL", total: 30 });
    expect(summary).toMatchObject({ images: 30, resumed: 0 });
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(1);
    expect((await readFile(path!, "utf8")).trimEnd().split("\n")).toHaveLength(31);
  });

  it("ends cleanly when the caller aborts, and can be resumed", async () => {
    const out = join(folder, "ended");
    const controller = new AbortController();
    const wanted = { url: stack.edgeUrl, backends: ["WASM", "CPU"], random: 60, batch: 5, out } as const;
    const ended = sweep(null, {
      ...wanted,
      signal: controller.signal,
      onProgress: ({ done }) => done > 0 && controller.abort(),
    });
    const failure = await ended.then(
      () => expect.unreachable("it was not ended"),
      (error: unknown) => error as { code: string; details: { path: string; done: number; total: number } },
    );
    expect(failure).toMatchObject({ code: "ABORTED", details: { total: 60 } });
    const { report, summary } = await sweep(null, { ...wanted, resume: failure.details.path });
    expect(report).toMatchObject({ outcome: "IDENTICAL", total: 60 });
    expect(summary.resumed).toBe(failure.details.done);
  });

  it.each([
    ["a file that the stack does not serve", "models/digits.onnx", {}, "BAD_OPTION"],
    ["a file that is missing", "net.onnx", {}, "BAD_OPTION"],
    ["a batch beyond what one request takes", null, { batch: 1_000_000 }, "BAD_OPTION"],
    ["a model that is not served", "nope", {}, "BAD_OPTION"],
  ])("refuses %s before anything is asked", async (_name, model, options, code) => {
    await expect(sweep(model, { url: stack.edgeUrl, out: folder, ...options })).rejects.toMatchObject({ code });
  });
});
