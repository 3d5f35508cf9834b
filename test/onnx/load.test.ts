import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { loadServedModels } from "../../models/load.ts";
import { linear } from "./build.ts";
import { run } from "./run.ts";

let folder = "";
const inFolder = (name: string): string => join(folder, name);
const bytes = writeModel(linear(16));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isobit-models-"));
  writeFileSync(inFolder("mine.v2.onnx"), bytes);
  writeFileSync(inFolder("mine.v2.onnx.json"), JSON.stringify({ mean: 0.5, labels: ["a", "b", "c"] }));
  writeFileSync(inFolder("bad-sidecar.onnx"), bytes);
  writeFileSync(inFolder("bad-sidecar.onnx.json"), "{ mean: 0.5 }");
  writeFileSync(inFolder("page.onnx"), "<html></html>");
  writeFileSync(inFolder("paragon.json"), "{}");
  mkdirSync(inFolder("folder.onnx"));
  symlinkSync("/dev/zero", inFolder("endless.onnx"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the models that a stack serves", () => {
  it("are the shipped ones, which run", async () => {
    const served = await loadServedModels({});
    expect(served.map(({ info }) => info.id)).toContain("digits");
    for (const { info, original, executed } of served) {
      expect(sha256Hex(original)).toBe(info.sha256);
      expect(sha256Hex(executed)).toBe(info.executedSha256);
      expect((await run(executed, info.input, 2)).dims).toEqual([2, info.labels.length]);
    }
  });

  it.each(["MODEL", "MODEL_JSON"])(
    "begin with the file that %s names, whose stem is its id, with its sidecar's settings",
    async (variable) => {
      const [first, ...others] = await loadServedModels({ [variable]: inFolder("mine.v2.onnx"), MODEL_SCALE: "1" });
      expect(first?.info).toMatchObject({
        id: "mine.v2",
        labels: ["a", "b", "c"],
        preprocess: { scale: 1, mean: [0.5], std: [1], invert: false },
      });
      expect(others.map(({ info }) => info.id)).toContain("digits");
    },
  );

  it("take a shipped file given by its path as the manifest does", async () => {
    const path = new URL("../../models/digits.onnx", import.meta.url).pathname;
    const shipped = (await loadServedModels({})).find(({ info }) => info.id === "digits");
    const served = await loadServedModels({ MODEL: path });
    expect(served[0]?.info).toEqual(shipped?.info);
    expect(served.filter(({ info }) => info.id === "digits")).toHaveLength(1);
    expect(served[0]?.original).toEqual(new Uint8Array(readFileSync(path)));
  });
});

describe("a model that cannot be served stops the start, and the error names it", () => {
  it.each([
    ["missing.onnx", /missing\.onnx is missing/],
    ["page.onnx/inside.onnx", /is missing/],
    ["folder.onnx", /folder\.onnx is a folder or a device/],
    ["endless.onnx", /endless\.onnx is a folder or a device/],
    ["page.onnx", /page\.onnx: The file is a web page/],
    ["bad-sidecar.onnx", /bad-sidecar\.onnx\.json is not JSON/],
    ["paragon.json", /paragon\.json: The file has no "type", so it is not a Paragon model/],
    ["nul\0.onnx", /cannot be read/],
  ])("%s", async (name, sentence) => {
    await expect(loadServedModels({ MODEL: inFolder(name) })).rejects.toThrow(ModelRejected);
    await expect(loadServedModels({ MODEL: inFolder(name) })).rejects.toThrow(sentence);
  });

  it("so do MODEL and MODEL_JSON that differ", async () => {
    await expect(loadServedModels({ MODEL: "a.onnx", MODEL_JSON: "b.onnx" })).rejects.toThrow(
      /MODEL is a\.onnx and MODEL_JSON is b\.onnx/,
    );
  });

  it("so do settings for a model that is not given", async () => {
    await expect(loadServedModels({ MODEL_STD: "0.3" })).rejects.toThrow(/MODEL_STD is set, but MODEL is not/);
  });
});
