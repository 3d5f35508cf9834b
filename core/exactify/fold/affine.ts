import { quoted } from "#core/onnx/rejected.ts";
import {
  EVERYTHING,
  hasOneReader,
  isLinear,
  makerOf,
  readersOf,
  shapeOf,
  type AffineLayer,
  type Layer,
  type LinearLayer,
  type Network,
} from "../network.ts";
import { untreatable } from "../untreatable.ts";
import { isPadded } from "../window.ts";
import { foldedBefore, foldedBehind, type Affine } from "./into-linear.ts";
import { perChannel } from "./per-channel.ts";
import { replaced, without } from "./rewrite.ts";
import { passedThrough, takenBack } from "./through-move.ts";

/** Grey levels minus padding must fit TF32's 11 bits. */
const FARTHEST_PADDING = 2 ** 10;

/**
 * Moves every scale and shift (BatchNormalization, x / 255, separate biases, …) into a linear layer: the one before it,
 * otherwise those after it, otherwise a depthwise convolution of its own.
 */
export function foldAffine(network: Network): Network {
  const affine = network.layers.find((layer) => layer.kind === "affine");
  if (affine === undefined) return network;
  return foldAffine(foldBack(network, affine) ?? foldForward(network, affine) ?? materialised(network, affine));
}

function foldBack(network: Network, affine: AffineLayer): Network | null {
  let carried: Affine = affine;
  let name = affine.inputs[0]!;
  for (;;) {
    const maker = makerOf(network, name);
    if (maker === undefined || !hasOneReader(network, name)) return null;
    if (isLinear(maker)) {
      const folded = maker.clip === EVERYTHING ? foldedBehind(maker, carried) : null;
      return folded && without(replaced(network, maker, folded), affine);
    }
    if (maker.kind !== "move" && maker.kind !== "maxPool") return null;
    const before = takenBack(maker, shapeOf(network, maker.inputs[0]!), carried);
    if (before === null) return null;
    carried = before;
    name = maker.inputs[0]!;
  }
}

/** Every reader must absorb it or let it pass; otherwise nothing is done. */
function foldForward(network: Network, affine: AffineLayer): Network | null {
  const readers = readersOf(network, affine.name);
  if (readers.length === 0 || affine.name === network.output) return null;
  const fresh = readers.map((reader) => absorbed(network, affine, reader));
  if (fresh.some((layers) => layers === null)) return null;
  const changed = readers.reduce((current, reader, index) => replaced(current, reader, ...fresh[index]!), network);
  return replaced(changed, affine);
}

function absorbed(network: Network, affine: AffineLayer, reader: Layer): readonly Layer[] | null {
  const source = { inputs: affine.inputs };
  switch (reader.kind) {
    case "dense":
    case "conv": {
      const folded = foldedBefore(reader, affine);
      if (folded === null || !hasPaddingOnGrid(folded, network, affine)) return null;
      return [{ ...folded, ...source }];
    }
    case "affine": {
      const scale = affine.scale.map((factor, at) => factor * reader.scale[at]!);
      const shift = affine.shift.map((term, at) => term * reader.scale[at]! + reader.shift[at]!);
      return [{ ...reader, ...source, scale, shift }];
    }
    case "move":
    case "maxPool": {
      const passed = passedThrough(reader, affine.shape, affine);
      const inner = { ...reader, ...source, name: `${reader.name}.unscaled` };
      if (passed === null) return null;
      const { scale, shift } = passed;
      return [inner, { ...affine, name: reader.name, inputs: [inner.name], shape: reader.shape, scale, shift }];
    }
    default:
      return null;
  }
}

/**
 * Padding must lie on the input's grid, and close to it. Directly after the input it does, to half a grey level; elsewhere
 * the grid is not known yet.
 */
function hasPaddingOnGrid(folded: LinearLayer, network: Network, affine: AffineLayer): boolean {
  if (folded.kind === "dense" || !isPadded(folded.window) || folded.padding.every((value) => value === 0)) return true;
  return comesFromInput(network, affine) && folded.padding.every((value) => Math.abs(value) <= FARTHEST_PADDING);
}

function comesFromInput(network: Network, affine: AffineLayer): boolean {
  let name = affine.inputs[0]!;
  for (let maker = makerOf(network, name); maker?.kind === "move"; maker = makerOf(network, name))
    name = maker.inputs[0]!;
  return name === network.input.name;
}

/** A convolution with one weight per channel. Features without height and width get both. */
function materialised(network: Network, affine: AffineLayer): Network {
  const { name, inputs, shape } = affine;
  const channels = shape[0]!;
  const [scale, shift] = [perChannel(affine.scale, channels), perChannel(affine.shift, channels)];
  if (scale === null || shift === null || ![1, 3].includes(shape.length)) {
    return untreatable(
      `${quoted(name)} scales or shifts a value [N, ${shape.join(", ")}] by different numbers within a channel, and no neighbouring layer can absorb them. ` +
        "Use one number per channel, or put it next to a Gemm.",
    );
  }
  const head = {
    kind: "conv" as const,
    weights: scale,
    bias: shift,
    groups: channels,
    inputChannels: channels,
    padding: new Float64Array(channels),
    clip: EVERYTHING,
  };
  const window = { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
  if (shape.length === 3) return replaced(network, affine, { ...head, name, inputs, shape, window });
  const map = [channels, 1, 1];
  return replaced(
    network,
    affine,
    { kind: "move", name: `${name}.map`, inputs, shape: map, order: null },
    { ...head, name: `${name}.scaled`, inputs: [`${name}.map`], shape: map, window },
    { kind: "move", name, inputs: [`${name}.scaled`], shape, order: null },
  );
}
