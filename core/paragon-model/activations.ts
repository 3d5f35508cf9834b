import { float, type GraphBuilder } from "../onnx/graph-builder.ts";
import type { Activation } from "./network.ts";

/** Paragon clamps the input of elu, so that its exponential never underflows. */
const ELU_LOWEST = -10;
const LEAKY_SLOPE = 0.01;

/** Activations whose ONNX form has only correctly rounded steps: the same bits on every conforming backend. */
export const EXACTLY_ROUNDED: ReadonlySet<Activation> = new Set(["linear", "relu", "leaky_relu", "tanh", "softmax"]);

/**
 * A layer's activations on its sums. If neurons differ, each form is computed for all of them and the right ones are
 * selected.
 * @param sums name of the sums, [N, neurons]
 * @returns name of the values, [N, neurons]
 */
export function emitActivations(
  builder: GraphBuilder,
  layer: string,
  sums: string,
  activations: readonly Activation[],
): string {
  const [first = "linear", ...others] = new Set(activations.map(plain));
  return others.reduce(
    (values, name) =>
      builder.node("Where", `${layer}.with.${name}`, [
        builder.flags(
          `${layer}.is.${name}`,
          activations.map((each) => plain(each) === name),
        ),
        emitOne(builder, layer, sums, name),
        values,
      ]),
    emitOne(builder, layer, sums, first),
  );
}

/** Softmax applies to a whole last layer; for a single neuron it does nothing. */
function plain(activation: Activation): Exclude<Activation, "softmax"> {
  return activation === "softmax" ? "linear" : activation;
}

function emitOne(builder: GraphBuilder, layer: string, sums: string, name: Exclude<Activation, "softmax">): string {
  const at = `${layer}.${name}`;
  switch (name) {
    case "linear":
      return sums;
    case "relu":
      return builder.node("Relu", at, [sums]);
    case "sigmoid":
      return builder.node("Sigmoid", at, [sums]);
    case "leaky_relu":
      return builder.node("LeakyRelu", at, [sums], { alpha: float(LEAKY_SLOPE) });
    case "elu":
      return emitElu(builder, at, sums);
    case "tanh":
      return emitTanh(builder, at, sums);
  }
}

/** x below 0: exp(max(x, -10)) - 1; otherwise x. */
function emitElu(builder: GraphBuilder, at: string, sums: string): string {
  const clamped = builder.node("Max", `${at}.clamped`, [sums, builder.scalar("elu.lowest", ELU_LOWEST)]);
  const exponential = builder.node("Exp", `${at}.exp`, [clamped]);
  const below = builder.node("Sub", `${at}.below`, [exponential, builder.scalar("one", 1)]);
  const negative = builder.node("Less", `${at}.negative`, [sums, builder.scalar("zero", 0)]);
  return builder.node("Where", at, [negative, below, sums]);
}

/** Paragon's own tanh: sign(x) beyond 1, x within 1/4, sign(x) * (1 - 2 / (1 + 2|x|)) between. */
function emitTanh(builder: GraphBuilder, at: string, sums: string): string {
  const [one, two] = [builder.scalar("one", 1), builder.scalar("two", 2)];
  const magnitude = builder.node("Abs", `${at}.abs`, [sums]);
  const sign = builder.node("Sign", `${at}.sign`, [sums]);
  const doubled = builder.node("Mul", `${at}.doubled`, [magnitude, two]);
  const quotient = builder.node("Div", `${at}.quotient`, [two, builder.node("Add", `${at}.divisor`, [one, doubled])]);
  const curve = builder.node("Mul", `${at}.curve`, [sign, builder.node("Sub", `${at}.rest`, [one, quotient])]);
  const small = builder.node("Less", `${at}.small`, [magnitude, builder.scalar("quarter", 0.25)]);
  const large = builder.node("Greater", `${at}.large`, [magnitude, one]);
  return builder.node("Where", at, [large, sign, builder.node("Where", `${at}.inner`, [small, sums, curve])]);
}
