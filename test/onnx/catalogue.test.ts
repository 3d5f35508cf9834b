import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assembleCatalogue, type OwnModel, type ServedModel } from "#core/model/catalogue.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { statedPreprocess, withPreprocess } from "#core/onnx/stated-preprocess.ts";
import { writeModel } from "#core/onnx/write.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { CLASSES, int, linear, node, value } from "./build.ts";

const shippedBytes = writeModel(linear(16));
const ownBytes = writeModel(linear(16, { inputs: [value("pixels", ["N", 16])] }));
const colourBytes = writeModel(linear(48, { inputs: [value("pixels", ["N", 3, 4, 4])] }));

const entry = {
  id: "digits",
  file: "digits.onnx",
  sha256: sha256Hex(shippedBytes),
  input: { name: "x", shape: [-1, 1, 4, 4] },
  preprocess: { scale: 1, mean: [10], std: [2], invert: true },
  output: { name: "y" },
  labels: ["a", "b", "c"],
  opset: 17,
};

function own(parts: Partial<OwnModel> = {}): OwnModel {
  return { id: "mine", path: "/models/mine.onnx", bytes: ownBytes, sidecar: undefined, environment: {}, ...parts };
}

async function assemble(given?: OwnModel, models: unknown = [entry]): Promise<ServedModel[]> {
  return await assembleCatalogue({
    manifest: { models },
    readShipped: () => Promise.resolve(shippedBytes),
    ...(given && { own: given }),
  });
}

async function preprocessOf(parts: Partial<OwnModel>): Promise<ServedModel["info"]["preprocess"] | undefined> {
  const [first] = await assemble(own(parts));
  return first?.info.preprocess;
}

describe("a file that states its own preprocessing", () => {
  const stated = { scale: 0.5, mean: [3], std: [4], invert: true };
  const bytes = writeModel(withPreprocess(readModel(ownBytes), stated));

  it("needs no sidecar, and is overruled by one and by the environment, key by key", async () => {
    expect(await preprocessOf({ bytes })).toEqual(stated);
    expect(await preprocessOf({ bytes, sidecar: { mean: 7 } })).toEqual({ ...stated, mean: [7] });
    expect(await preprocessOf({ bytes, environment: { MODEL_SCALE: "1" }, sidecar: { scale: 9 } })).toEqual({
      ...stated,
      scale: 1,
    });
  });

  it("keeps it where a Softmax is cut off", async () => {
    const softmax = linear(16, {}, [node("Softmax", ["logits"], ["y"], { axis: int(1) })]);
    const [first] = await assemble(own({ bytes: writeModel(withPreprocess(softmax, stated)) }));
    expect(first?.info.preprocess).toEqual(stated);
    expect(statedPreprocess(readModel(first!.executed))).toEqual(stated);
  });

  it.each(["{", "7", "null"])("is refused where its words are %s", async (words) => {
    const odd = { ...readModel(ownBytes), metadata: new Map([["isobit.preprocess", words]]) };
    await expect(preprocessOf({ bytes: writeModel(odd) })).rejects.toThrow(
      /metadata isobit\.preprocess is not a JSON object/,
    );
  });

  it("with a value that cannot be used is refused by its key", async () => {
    const odd = writeModel(withPreprocess(readModel(ownBytes), { ...stated, std: [0] }));
    await expect(preprocessOf({ bytes: odd })).rejects.toThrow(/std/);
  });
});

describe("the models served", () => {
  it("are the shipped ones as the manifest says", async () => {
    const [only, ...others] = await assemble();
    expect(others).toEqual([]);
    expect(only?.info).toMatchObject({
      id: "digits",
      labels: ["a", "b", "c"],
      preprocess: entry.preprocess,
      sha256: entry.sha256,
    });
    expect(only?.original).toBe(shippedBytes);
    expect(only?.executed).toBe(shippedBytes);
  });

  it("begin with the user's own model, which is the default", async () => {
    const served = await assemble(own());
    expect(served.map(({ info }) => info.id)).toEqual(["mine", "digits"]);
    expect(served[0]?.info.preprocess).toEqual({ scale: 1 / 255, mean: [0], std: [1], invert: false });
    expect(served[0]?.info.labels).toEqual(["0", "1", "2"]);
  });

  it("never share an id: the user's own keeps it and stands for the shipped one", async () => {
    const served = await assemble(own({ id: "digits" }));
    expect(served.map(({ info }) => info.sha256)).toEqual([sha256Hex(ownBytes)]);
  });

  it("take the manifest's settings and labels for the user's own when it is a shipped file, unless told otherwise", async () => {
    const [copy] = await assemble(own({ bytes: shippedBytes }));
    expect(copy?.info).toMatchObject({ id: "mine", preprocess: entry.preprocess, labels: entry.labels });
    expect(await preprocessOf({ bytes: shippedBytes, environment: { MODEL_SCALE: "0.5" } })).toEqual({
      ...entry.preprocess,
      scale: 0.5,
    });
  });

  it("are at least one", async () => {
    await expect(assemble(undefined, [])).rejects.toThrow(/MODEL names none/);
  });
});

describe("a shipped file that is not what the manifest says stops the start", () => {
  it.each([
    ["its bytes", { sha256: "0".repeat(64) }, /models\/digits\.onnx: The manifest gives the SHA-256 0000/],
    ["its input's name", { input: { name: "z", shape: [-1, 1, 4, 4] } }, /input name z, but the file has x/],
    [
      "its shape",
      { input: { name: "x", shape: [-1, 1, 28, 28] } },
      /input shape \[-1, 1, 28, 28\], but the file has \[-1, 1, 4, 4\]/,
    ],
    ["its output's name", { output: { name: "z" } }, /output name z, but the file has y/],
    ["its opset", { opset: 13 }, /opset 13, but the file has 17/],
    ["its labels", { labels: ["a", "b"] }, /needs 3 labels, one per class in order, but 2 were given/],
    [
      "its channels",
      { preprocess: { ...entry.preprocess, mean: [1, 2, 3] } },
      /mean is \[1,2,3\]; it must be one number/,
    ],
  ])("%s", async (_, change, sentence) => {
    await expect(assemble(undefined, [{ ...entry, ...change }])).rejects.toThrow(ModelRejected);
    await expect(assemble(undefined, [{ ...entry, ...change }])).rejects.toThrow(sentence);
  });

  it.each([
    ["a manifest that is not an object", "models", /models\/manifest\.json cannot be used/],
    ["an entry without a file", [{ ...entry, file: undefined }], /models\.0\.file/],
    ["a file elsewhere", [{ ...entry, file: "../digits.onnx" }], /models\.0\.file.*plain name/],
    ["an unknown key", [{ ...entry, scale: 1 }], /models\.0\.scale/],
    ["one id twice", [entry, entry], /two models with the id "digits"/],
  ])("%s", async (_, models, sentence) => {
    await expect(assemble(undefined, models)).rejects.toThrow(ModelRejected);
    await expect(assemble(undefined, models)).rejects.toThrow(sentence);
  });

  it("with any other content of the manifest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (manifest) => {
        await expect(assembleCatalogue({ manifest, readShipped: () => Promise.resolve(shippedBytes) })).rejects.toThrow(
          ModelRejected,
        );
      }),
    );
  });
});

describe("how the user's own model takes its images", () => {
  it("comes from the environment, then the sidecar, then the defaults", async () => {
    const sidecar = { scale: 2, mean: 3, invert: true };
    const environment = { MODEL_SCALE: "4", MODEL_STD: "5" };
    expect(await preprocessOf({ sidecar, environment })).toEqual({ scale: 4, mean: [3], std: [5], invert: true });
  });

  it.each([
    ["a number", { MODEL_MEAN: "0.1307", MODEL_STD: "0.3081" }, { mean: [0.1307], std: [0.3081] }],
    ["a fraction", { MODEL_SCALE: "1/255" }, { scale: 1 / 255 }],
    ["grey levels as they are, dark ink", { MODEL_SCALE: "1", MODEL_INVERT: "true" }, { scale: 1, invert: true }],
    ["1 and 0 for yes and no", { MODEL_INVERT: "1" }, { invert: true }],
    ["a variable set to nothing", { MODEL_SCALE: "", MODEL_INVERT: " " }, { scale: 1 / 255, invert: false }],
  ])("%s", async (_, environment, expected) => {
    expect(await preprocessOf({ environment })).toMatchObject(expected);
  });

  it("has one mean and std for each channel, or one for all", async () => {
    const three = [0.485, 0.456, 0.406];
    for (const MODEL_MEAN of ["0.485,0.456,0.406", "[0.485, 0.456, 0.406]", " 0.485 , 0.456 , 0.406 "]) {
      expect(await preprocessOf({ bytes: colourBytes, environment: { MODEL_MEAN, MODEL_STD: "0.5" } })).toMatchObject({
        mean: three,
        std: [0.5, 0.5, 0.5],
      });
    }
    expect(await preprocessOf({ bytes: colourBytes, sidecar: { mean: three, std: [0.5] } })).toMatchObject({
      mean: three,
      std: [0.5, 0.5, 0.5],
    });
  });

  it("means any finite number exactly, as decimal text or JSON", async () => {
    const number = fc.double({ noDefaultInfinity: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        number,
        number.filter((each) => each > 0),
        async (mean, std) => {
          const plain = mean + 0;
          const told = await preprocessOf({ environment: { MODEL_MEAN: String(plain), MODEL_STD: String(std) } });
          expect(told).toMatchObject({ mean: [plain], std: [std] });
          expect(await preprocessOf({ sidecar: { mean: plain, std } })).toEqual(told);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    [{ MODEL_SCALE: "abc" }, /mine\.onnx: MODEL_SCALE is abc/],
    [{ MODEL_SCALE: "0" }, /MODEL_SCALE is 0; it must be a number other than 0/],
    [{ MODEL_SCALE: "1/0" }, /MODEL_SCALE is 1\/0/],
    [{ MODEL_SCALE: "1/2/3" }, /MODEL_SCALE/],
    [{ MODEL_SCALE: "1,2" }, /MODEL_SCALE/],
    [{ MODEL_SCALE: "Infinity" }, /MODEL_SCALE is Infinity/],
    [{ MODEL_MEAN: "0.1,0.2" }, /MODEL_MEAN is 0\.1,0\.2; it must be one number/],
    [{ MODEL_MEAN: "0.1,,0.2" }, /MODEL_MEAN/],
    [{ MODEL_MEAN: "[]" }, /MODEL_MEAN is \[\]/],
    [{ MODEL_STD: "0" }, /MODEL_STD is 0; it must be above 0/],
    [{ MODEL_STD: "-1" }, /MODEL_STD is -1/],
    [{ MODEL_INVERT: "perhaps" }, /MODEL_INVERT is perhaps; it must be 1 or true/],
  ])("%j is refused by its name", async (environment, sentence) => {
    await expect(preprocessOf({ environment })).rejects.toThrow(ModelRejected);
    await expect(preprocessOf({ environment })).rejects.toThrow(sentence);
  });

  it.each([
    [{ scale: "1" }, /"scale" in the sidecar is "1"/],
    [{ std: [0] }, /"std" in the sidecar is \[0\]; it must be above 0/],
    [{ mean: [] }, /"mean" in the sidecar is \[\]/],
    [{ invert: "yes" }, /"invert" in the sidecar/],
    [{ means: [0] }, /sidecar cannot be used: "means"/],
    [{ labels: [1, 2, 3] }, /sidecar cannot be used: "labels\.0"/],
    [{ labels: ["a"] }, /needs 3 labels, .* but the sidecar has 1/],
    [null, /sidecar cannot be used/],
    [[1], /sidecar cannot be used/],
  ])("the sidecar %j is refused by its key", async (sidecar, sentence) => {
    await expect(preprocessOf({ sidecar })).rejects.toThrow(ModelRejected);
    await expect(preprocessOf({ sidecar })).rejects.toThrow(sentence);
  });

  it("labels come from the sidecar", async () => {
    const [first] = await assemble(own({ sidecar: { labels: ["x", "y", "z"] } }));
    expect(first?.info.labels).toEqual(["x", "y", "z"]);
  });
});

describe("the user's own model that does not fit", () => {
  it("is refused by its path", async () => {
    const wide: OnnxModel = linear(16, { outputs: [value("y", ["N", CLASSES]), value("logits", ["N", CLASSES])] });
    await expect(assemble(own({ bytes: writeModel(wide) }))).rejects.toThrow(/^\/models\/mine\.onnx: It has 2 outputs/);
  });
});
