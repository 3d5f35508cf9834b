import type { OnnxModel } from "../onnx/graph.ts";
import { emitActivations, EXACTLY_ROUNDED } from "./activations.ts";
import { GraphBuilder, int, port } from "../onnx/graph-builder.ts";
import { neuronCount, type ParagonNetwork } from "./network.ts";
import { emitSums, type SumForm } from "./sums.ts";

export interface ImportedModel {
  readonly model: OnnxModel;
  /** What ONNX cannot express as the format does, and other remarks, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The same network as ONNX: input [N, 1, height, width], grey levels 0 to 1; output [N, classes], with a Softmax if the
 * network ends in one.
 */
export function toOnnx(network: ParagonNetwork, form: SumForm): ImportedModel {
  const { layers } = network;
  const [input, ...computed] = layers;
  const output = layers.at(-1)!;
  const builder = new GraphBuilder();
  const values = [builder.node("Flatten", "pixels", ["input"], { axis: int(1) })];
  computed.forEach((layer, at) => {
    const name = `layer${at + 1}`;
    const sums = emitSums(builder, name, layer, { values, layers, form });
    values.push(emitActivations(builder, name, sums, layer.activations));
  });
  const last = values.at(-1)!;
  const softmax = output.activations[0] === "softmax";
  builder.node(softmax ? "Softmax" : "Identity", "output", [last], softmax ? { axis: int(1) } : {});
  const model = builder.model(
    "isobit",
    "paragon",
    [port("input", "float32", ["N", 1, input!.height, input!.width])],
    [port("output", "float32", ["N", neuronCount(output)])],
  );
  return { model, notes: notesOn(network, form, softmax) };
}

function notesOn({ layers, unknownActivations }: ParagonNetwork, form: SumForm, softmax: boolean): string[] {
  const used = new Set(layers.flatMap(({ activations }) => activations));
  const approximated = [...used].filter((name) => !EXACTLY_ROUNDED.has(name));
  const inner = layers.slice(1, -1).some(({ activations }) => activations.includes("softmax"));
  const notes = [
    form === "listed"
      ? "Every sum keeps its listed order: one product added after another, each rounded to float32. ONNX expresses this with Scan, which WEBGPU cannot run; --sums matmul gives a model that it can run."
      : "Sums are Gemms: weights are kept, but each runtime chooses the order of a Gemm's sum, so the last bits may differ between backends and from Paragon's. --sums listed keeps the order.",
  ];
  if (approximated.length > 0) {
    notes.push(
      `${approximated.join(" and ")}: ONNX has no form of it with only correctly rounded steps, so each runtime approximates its exponential differently and the last bits may differ.`,
    );
  }
  if (!softmax) {
    notes.push(
      "The last layer has no softmax: isobit's probabilities are the softmax of its values, while Paragon gives the values themselves. Labels are the same.",
    );
  }
  if (inner) notes.push("softmax before the last layer does nothing, as in Paragon.");
  if (unknownActivations.length > 0) {
    notes.push(`Unknown activations count as linear, as in Paragon: ${unknownActivations.join(", ")}.`);
  }
  return notes;
}
