import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skippedFor } from "../support/missing.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin, triedBackend } from "../support/origin.ts";
import { digitTensors } from "./digit-tensors.ts";
import { pythonWith, runPython } from "../support/python.ts";

/* The protocol as somebody else reads it: Triton's Python client against the real origin. */

interface Answer {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly bits: string;
  readonly id?: string;
  readonly binary: boolean;
  readonly parameters: { readonly backend: string };
}

const client = await pythonWith("tritonclient[http]==2.73.0");
const missing = "missing" in client ? client.missing : null;

describe("Triton's HTTP client", skippedFor(missing), () => {
  let origin: RunningOrigin;
  let folder: string;
  // The script prints one document, whose parts the tests look at.
  // oxlint-disable-next-line typescript/no-explicit-any
  let said: any;
  let expected: readonly string[];
  let cuda: boolean;

  beforeAll(async () => {
    origin = await startOrigin({ env: { ...NO_VULKAN } });
    folder = await mkdtemp(join(tmpdir(), "isobit-oip-"));
    const tensors = await digitTensors("digits");
    await writeFile(join(folder, "rows.f32"), Buffer.concat(tensors.map((each) => Buffer.from(each))));
    const script = join(import.meta.dirname, "triton_client.py");
    const address = origin.url.replace("http://", "");
    const python = "python" in client ? client.python : "";
    said = JSON.parse(await runPython(python, [script, address, "digits", join(folder, "rows.f32")]));
    cuda = (await triedBackend(origin, "CUDA"))?.available === true;
    const query = `{ parity(model: "digits", backends: [CPU]) { rows { outputs { prediction { logits { bits } } } } } }`;
    const { data } = await origin.graphql<{
      parity: { rows: { outputs: { prediction: { logits: { bits: string } } }[] }[] };
    }>(query);
    expected = data.parity.rows.map(({ outputs }) => outputs[0]!.prediction.logits.bits);
  });
  afterAll(async () => {
    await origin?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("finds the server live, ready and described, with its model", () => {
    expect(said).toMatchObject({ live: true, ready: true, model_ready: true, version_ready: true });
    expect(said).toMatchObject({ unknown_model_ready: false, unknown_version_ready: false });
    expect(said.server).toEqual({ name: "isobit", version: expect.any(String), extensions: ["binary_tensor_data"] });
    expect(said.model).toMatchObject({
      name: "digits",
      versions: ["1"],
      platform: "onnx_onnxruntime",
      inputs: [{ name: "input", datatype: "FP32", shape: [-1, 1, 28, 28] }],
      outputs: [{ name: "logits", datatype: "FP32", shape: [-1, 10] }],
    });
    expect(said.versioned).toEqual(said.model);
  });

  it.each([
    ["binary", true],
    ["gzip", true],
    ["deflate", true],
    ["json_in", true],
    ["json_out", false],
    ["json_both", false],
    ["no_outputs", true],
    ["version", true],
    ["backend", true],
    ["timeout", true],
  ])("gets the bits of GraphQL's CPU backend (%s)", (way, binary) => {
    const answer = said[way] as Answer;
    expect(answer).toMatchObject({ shape: [1, 10], dtype: "float32", binary, parameters: { backend: "CPU" } });
    expect(answer.bits).toBe(expected[7]);
  });

  it.each(["batch", "batch_json"])("gets ten rows in one request, in order (%s)", (way) => {
    const answer = said[way] as Answer;
    expect(answer.shape).toEqual([10, 10]);
    const all = Buffer.concat(expected.map((bits) => Buffer.from(bits, "base64")));
    expect(answer.bits).toBe(all.toString("base64"));
  });

  it("gets its request id back", () => {
    expect(said.binary.id).toBe("seven");
    expect(said.json_in.id ?? null).toBeNull();
  });

  it.for([
    ["unknown model", "404", /No model is called "absent".*digits/],
    ["unknown version", "404", /no version "2"/],
    ["model configuration", "404", /Nothing is served at/],
    ["infer on an unknown model", "404", /No model is called "absent"/],
    ["unknown input", "400", /no input "pixels"; its input is input/],
    ["two inputs", "400", /2 inputs; digits takes one/],
    ["other datatype", "400", /FP32; it was sent as FP64/],
    ["other shape", "400", /\[-1, 1, 28, 28\], not \[1, 784\]/],
    ["other rank in JSON", "400", /\[-1, 1, 28, 28\], not \[784\]/],
    ["empty batch", "400", /batch is empty/],
    ["unknown output", "400", /no output "probabilities"; its output is logits/],
    ["classification", "400", /classification/],
    ["unknown backend", "400", /"TPU"; it must be one of WASM, CPU/],
    ["absent backend", "503", /GPU|CUDA/],
  ] as const)("is refused in the protocol's words: %s", ([what, status, message], { skip }) => {
    skip(what === "absent backend" && cuda, "CUDA runs on this machine, so that no backend of the test is absent");
    const refusal = said.refusals[what] as { status: string; message: string };
    expect(refusal.status).toBe(status);
    expect(refusal.message).toMatch(message);
  });
});
