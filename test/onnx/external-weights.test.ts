import { describe, expect, it } from "vitest";
import { describeModel } from "#core/model/describe.ts";
import { ModelProto } from "#core/onnx/protobuf.ts";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { CLASSES } from "./build.ts";
import { run } from "./run.ts";
import { split, whole } from "./split-weights.ts";

const noFile = (): Promise<undefined> => Promise.resolve(undefined);

describe("weights in another file", () => {
  it("are put into the model where the file is given, and the model is the same again", async () => {
    const { bytes, weights } = split();
    const asked: string[] = [];
    const { info, executed } = await describeModel({
      id: "any",
      bytes,
      readExternal: (location) => {
        asked.push(location);
        return Promise.resolve(weights);
      },
    });
    expect(asked).toEqual(["w.bin"]);
    expect(info.adaptations).toEqual(["The weights kept in w.bin were put into the model."]);
    expect(readModel(executed)).toEqual(readModel(whole));
    expect(await run(executed, info.input, 3)).toEqual(await run(whole, info.input, 3));
  });

  it("extend to the end of the file if no length is stated", async () => {
    const { bytes, weights } = split();
    const message = ModelProto.decode(bytes);
    message.graph?.initializer?.find(({ name }) => name === "w")?.externalData?.pop();
    const ends = weights.subarray(0, -8);
    const { executed } = await describeModel({
      id: "any",
      bytes: ModelProto.encode(message).finish(),
      readExternal: () => Promise.resolve(ends),
    });
    expect(readModel(executed)).toEqual(readModel(whole));
  });

  it("are refused with the missing file's name", async () => {
    const { bytes } = split();
    for (const options of [
      { id: "any", bytes },
      { id: "any", bytes, readExternal: noFile },
    ]) {
      await expect(describeModel(options)).rejects.toThrow(ModelRejected);
      await expect(describeModel(options)).rejects.toThrow(/"w\.bin", which is missing/);
    }
  });

  it.each(["../w.bin", "/etc/w.bin", "C:\\w.bin", "a/../../w.bin", "..\\w.bin"])(
    "are not read from %s, outside the model's folder",
    async (location) => {
      const { bytes, weights } = split({ location });
      const readExternal = (): Promise<Uint8Array> => Promise.resolve(weights);
      await expect(describeModel({ id: "any", bytes, readExternal })).rejects.toThrow(/outside the model's folder/);
    },
  );

  it.each([
    ["too short a file", {}, 100, /should end at byte 256 of "w\.bin", which has only 100/],
    ["an offset behind the end", { offset: "999" }, 264, /has only 264/],
    [
      "another length than the shape's",
      { length: "4" },
      264,
      new RegExp(`shape \\[${CLASSES}, 16\\] needs 48 elements, but the file holds 1`),
    ],
    ["an offset that is not a number", { offset: "1e3" }, 264, /"1e3", which is not a number of bytes/],
    ["no location", { location: "" }, 264, /that the model does not name/],
  ])("are refused for %s", async (_, entries, size, sentence) => {
    const { bytes, weights } = split(entries);
    const readExternal = (): Promise<Uint8Array> => Promise.resolve(weights.subarray(0, size));
    await expect(describeModel({ id: "any", bytes, readExternal })).rejects.toThrow(ModelRejected);
    await expect(describeModel({ id: "any", bytes, readExternal })).rejects.toThrow(sentence);
  });
});
