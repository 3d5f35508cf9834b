import type { ModelInfo } from "#core/model/model.ts";
import { numeralsOf } from "#core/peers/json-text.ts";
import type { PeerAddress } from "#core/peers/peer.ts";
import { broken, clip } from "./exchange.ts";

/** What is sent to a model behind the protocol, and what is taken from it. */
export interface OipModel {
  readonly input: string;
  /** Of one image. */
  readonly shape: readonly number[];
  readonly output: string;
  readonly note: string | null;
}

interface OipTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** Whether a server's metadata lists the binary tensor extension. */
export function offersBinary(metadata: unknown): boolean {
  const { extensions } = (metadata ?? {}) as { extensions?: unknown };
  return Array.isArray(extensions) && extensions.includes("binary_tensor_data");
}

/**
 * Which input takes the image and which output holds the answer: the only one, or the one named as the model's own.
 * @throws IsobitError BACKEND_FAILED if the model has other inputs or outputs
 */
export function describeOipModel(
  peer: PeerAddress,
  model: ModelInfo,
  metadata: Readonly<Record<string, unknown>>,
): OipModel {
  const inputs = tensorsOf(peer, metadata, "inputs");
  const outputs = tensorsOf(peer, metadata, "outputs");
  const [input] = inputs;
  if (inputs.length !== 1 || input === undefined)
    throw broken(peer, `takes ${inputs.length} inputs; ${model.id} takes one.`);
  const output = outputs.length === 1 ? outputs[0] : outputs.find(({ name }) => name === model.output.name);
  if (output === undefined) {
    const names = outputs.map(({ name }) => clip(name)).join(", ");
    throw broken(peer, `has the outputs ${names || "(none)"}; isobit needs ${model.output.name}.`);
  }
  for (const { name, datatype } of [input, output]) {
    if (datatype !== "FP32") throw broken(peer, `has ${clip(name)} as ${clip(datatype)}; isobit compares FP32.`);
  }
  return {
    input: input.name,
    shape: shapeOfOne(peer, model, input),
    output: output.name,
    note: fileNote(model, metadata),
  };
}

function tensorsOf(peer: PeerAddress, metadata: Readonly<Record<string, unknown>>, key: string): OipTensor[] {
  const list = metadata[key];
  if (!Array.isArray(list)) throw broken(peer, `describes its model without a list of ${key}.`);
  return (list as unknown[]).map((each) => {
    const { name, datatype, shape } = (each ?? {}) as Partial<Record<"name" | "datatype" | "shape", unknown>>;
    const dims = numeralsOf(shape)?.map(Number);
    if (typeof name === "string" && typeof datatype === "string" && dims?.every(Number.isInteger)) {
      return { name, datatype, shape: dims };
    }
    throw broken(peer, `describes one of its ${key} without a name, a datatype and a shape.`);
  });
}

/**
 * The peer's own shape with a batch of one. Pixels of one channel are in the same order in every shape; colours do
 * not, so there the shape has to be the model's own.
 */
function shapeOfOne(peer: PeerAddress, { id, input }: ModelInfo, { shape }: OipTensor): number[] {
  const one = shape.map((size) => (size === -1 ? 1 : size));
  const own = input.shape.map((size, axis) => (axis === 0 && size === -1 ? 1 : size));
  const elements = one.reduce((product, size) => product * size, 1);
  const fits = input.channels === 1 ? elements === input.elements : one.join() === own.join();
  if (fits) return one;
  throw broken(peer, `takes the shape [${shape.join(", ")}]; ${id} takes [${input.shape.join(", ")}].`);
}

/** Another isobit tells the hash of its file. */
function fileNote({ id, sha256 }: ModelInfo, { parameters }: Readonly<Record<string, unknown>>): string | null {
  const theirs = ((parameters ?? {}) as { sha256?: unknown }).sha256;
  if (typeof theirs !== "string" || theirs === sha256) return null;
  return `It serves a different file from ${id} (SHA-256 ${clip(theirs)}).`;
}
