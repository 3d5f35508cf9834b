import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Attribute, GraphNode } from "#core/onnx/graph.ts";
import { tensorOfBytes } from "#core/onnx/tensor.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { SWIFTSHADER } from "../support/missing.ts";

/** One node with the tensors it is given. */
export interface OneNode {
  readonly label: string;
  readonly node: GraphNode;
  readonly opset: number;
  readonly inputs: readonly (TensorValue | null)[];
  /** Inputs that are in the file as weights rather than being fed. */
  readonly weights: ReadonlySet<number>;
}

interface Shape {
  readonly opset?: number;
  readonly domain?: string;
  readonly outputs?: number;
  readonly label?: string;
  /** Which inputs are weights; all int64 and bool ones are anyway. */
  readonly weights?: readonly number[];
}

export function oneNode(
  op: string,
  inputs: readonly (TensorValue | null)[],
  attributes: Readonly<Record<string, Attribute>> = {},
  { opset = 21, domain = "", outputs = 1, label = op, weights = [] }: Shape = {},
): OneNode {
  const node: GraphNode = {
    name: "node",
    op,
    domain,
    inputs: inputs.map((input, index) => (input === null ? "" : `i${index}`)),
    outputs: Array.from({ length: outputs }, (_, index) => `o${index}`),
    attributes: new Map(Object.entries(attributes)),
  };
  const constant = inputs.flatMap((input, index) => (input?.type === "int64" ? [index] : []));
  return { label, node, opset, inputs, weights: new Set([...weights, ...constant]) };
}

/** The node as a model file; its outputs are declared without a type, which ONNX Runtime infers. */
function modelOf({ node, opset, inputs, weights }: OneNode): Uint8Array {
  const named = inputs.flatMap((input, index) => (input === null ? [] : [{ input, index, name: `i${index}` }]));
  return writeModel({
    irVersion: 10,
    opsets: new Map([["", opset], ...(node.domain === "" ? [] : ([[node.domain, 1]] as const))]),
    producer: "test",
    functions: [],
    graph: {
      name: "test",
      nodes: [node],
      inputs: named
        .filter(({ index }) => !weights.has(index))
        .map(({ input, name }) => ({
          name,
          elementType: input.type,
          shape: input.dims,
          dimNames: input.dims.map(() => null),
        })),
      weightInputs: [],
      outputs: node.outputs.map((name) => ({ name, elementType: null, shape: null, dimNames: [] })),
      initializers: new Map(
        named
          .filter(({ index }) => weights.has(index))
          .map(({ input, name }) => [name, tensorOfBytes(name, input.dims, input.type, input.bytes)]),
      ),
      valueInfo: [],
    },
  });
}

export interface Settings {
  readonly provider: "cpu" | "webgpu" | "wasm";
  readonly level?: "disabled" | "basic" | "extended" | "all";
  readonly threads?: number;
}

/**
 * Runs each node alone in one process of its own: the Vulkan loader reads its environment when a process starts, and an
 * emulated processor is chosen then too.
 * @param command what starts Node, e.g. an emulator of another processor with its arguments
 */
export function runAlone(
  nodes: readonly OneNode[],
  settings: Settings,
  command: readonly string[] = [process.execPath],
): readonly (readonly TensorValue[] | Error)[] {
  const folder = mkdtempSync(join(tmpdir(), "isobit-one-node-"));
  try {
    const jobs = nodes.map((each) => ({
      model: Buffer.from(modelOf(each)).toString("base64"),
      feeds: each.inputs.flatMap((input, index) =>
        input === null || each.weights.has(index) ? [] : [{ name: `i${index}`, ...wire(input) }],
      ),
    }));
    writeFileSync(join(folder, "jobs.json"), JSON.stringify({ settings, jobs }));
    const [program, ...before] = command;
    const child = spawnSync(program!, [...before, join(import.meta.dirname, "one-node-process.ts"), folder], {
      env: { VK_ICD_FILENAMES: SWIFTSHADER, ...process.env },
      encoding: "utf8",
    });
    if (child.status !== 0)
      throw new Error(`${settings.provider} ended with ${child.status ?? child.signal}: ${child.stderr.slice(-2000)}`);
    const answers = JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")) as readonly (Wired[] | string)[];
    return answers.map((answer) => (typeof answer === "string" ? new Error(answer) : answer.map(unwire)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Wired = { readonly type: TensorValue["type"]; readonly dims: readonly number[]; readonly bytes: string };

function wire({ type, dims, bytes }: TensorValue): Wired {
  return { type, dims, bytes: Buffer.from(bytes).toString("base64") };
}

function unwire({ type, dims, bytes }: Wired): TensorValue {
  return { type, dims, bytes: new Uint8Array(Buffer.from(bytes, "base64")) };
}
