import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFlags } from "#cli/flags.ts";
import {
  certify as certifyBytes,
  compareTensors,
  exactify as exactifyBytes,
  explainNode,
  trace as traceOn,
} from "#core/index.ts";
import { certify } from "#library/certify/certify.ts";
import { compare } from "#library/compare/compare.ts";
import { exactify } from "#library/exactify/exactify.ts";
import { sweep } from "#library/sweep/sweep.ts";

/* Options as a caller in JavaScript may give them. Nothing has run when they are refused. */

type Call = (options: never) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  compare: (options) => compare("digits", options),
  certify: (options) => certify("digits", options),
  exactify: (options) => exactify("digits", options),
  sweep: (options) => sweep("digits", options),
};

describe("options are refused by name", () => {
  it.each<[call: string, options: unknown, words: string]>([
    ...Object.keys(CALLS).flatMap((call): [string, unknown, string][] => [
      [call, null, "options: "],
      [call, 5, "options: "],
      [call, { nope: 1 }, '"nope"'],
    ]),
    ["compare", { expected: "y.npy" }, "expected: "],
    ["certify", { preprocess: { scale: "1/255" } }, "preprocess.scale: "],
    ["certify", { preprocess: { scales: 1 } }, '"scales"'],
    ["certify", { anyAlgorithm: "yes" }, "anyAlgorithm: "],
    ["exactify", { calibrate: 5 }, "calibrate: "],
    ["exactify", { calibrate: "images", signal: {} }, "signal: it must be an AbortSignal"],
    ["exactify", { calibrate: "images", onProgress: "loud" }, "onProgress: it must be a function"],
    ["sweep", { backends: ["TPU"] }, 'backends: "TPU" is not one of WASM, CPU'],
    ["sweep", { backends: "CPU" }, "backends: "],
    ["sweep", { reference: "TPU" }, 'reference: "TPU" is not one of'],
    ["sweep", { inputs: ["mnist"] }, "inputs: "],
    ["sweep", { batch: 0 }, "batch: 0 is not a whole number from 1"],
    ["sweep", { limit: 1.5 }, "limit: 1.5 is not a whole number from 1"],
    ["sweep", { random: Number.NaN }, "random: NaN is not"],
    ["sweep", { seed: -1 }, "seed: -1 is not a whole number from 0"],
    ["sweep", { tolerance: { ulps: 4 } }, "tolerance.ulps is unknown"],
    ["sweep", { out: 5 }, "out: "],
    ["sweep", { kill: true }, "kill: it must be an AbortSignal"],
  ])("%s(%j)", async (call, options, words) => {
    await expect(CALLS[call]!(options as never)).rejects.toMatchObject({
      name: "IsobitError",
      code: "BAD_OPTION",
      message: expect.stringContaining(words),
    });
  });

  it("models of another type too", async () => {
    const code = "BAD_OPTION";
    await expect(certify(null as never)).rejects.toMatchObject({ code });
    await expect(exactify(5 as never, { calibrate: "images" })).rejects.toMatchObject({ code });
    await expect(sweep(undefined as never)).rejects.toMatchObject({ code });
  });
});

describe("core's functions refuse options that are not an object", () => {
  const bytes = new Uint8Array();
  it.each<[name: string, call: () => unknown]>([
    ["compareTensors", () => compareTensors(new Float32Array(1), new Float32Array(1), null as never)],
    ["certify", () => certifyBytes(bytes, null as never)],
    ["certify's preprocess", () => certifyBytes(bytes, { preprocess: null as never })],
    ["exactify", () => exactifyBytes(bytes, null as never)],
    ["exactify without options", () => exactifyBytes(bytes, undefined as never)],
    ["exactify's images", () => exactifyBytes(bytes, { calibration: null as never, openSession: null as never })],
    ["trace", () => traceOn(null as never, null as never, null as never)],
    ["explainNode", () => explainNode(bytes, null as never)],
  ])("%s", async (_name, call) => {
    await expect((async () => await call())()).rejects.toMatchObject({ name: "IsobitError", code: "BAD_INPUT" });
  });
});

describe("options have the library's names in its sentences, and the command's on its terminal", () => {
  it("for every option", () => {
    expect(withFlags("Give `inputs`, `dims` seq=4, `allowStrideOne` or `asIs`; not `isobit start`.")).toBe(
      "Give --inputs, --dim seq=4, --allow-stride-1 or --as-is; not `isobit start`.",
    );
  });

  it("no sentence of the library names a flag", async () => {
    const folder = join(import.meta.dirname, "..", "..", "library");
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"));
    const named: string[] = [];
    for (const file of files) {
      const lines = (await readFile(join(folder, file), "utf8")).split("\n");
      // What follows a word of Node's own or of the edge's script is not the command's.
      named.push(
        ...lines.filter(
          (line) => /[\s"'`]--[a-z]{2}/.test(line) && !/"--import"|"--assets"|certify --json|sweep --json/.test(line),
        ),
      );
    }
    expect(named).toEqual([]);
  });
});
