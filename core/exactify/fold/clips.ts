import { hasOneReader, makerOf, type ClipLayer, type Interval, type Network } from "../network.ts";
import { replaced, without } from "./rewrite.ts";

/**
 * Moves every Relu and Clip into the layer that makes its values, also past layers that only move or pick elements (a
 * maximum commutes with a clip). One without such a layer stays: a clip is exact.
 */
export function foldClips(network: Network): Network {
  for (const layer of network.layers) {
    const folded = layer.kind === "clip" ? foldBack(network, layer) : null;
    if (folded !== null) return foldClips(folded);
  }
  return network;
}

function foldBack(network: Network, clip: ClipLayer): Network | null {
  for (let name = clip.inputs[0]!; hasOneReader(network, name);) {
    const maker = makerOf(network, name);
    switch (maker?.kind) {
      case "conv":
      case "dense":
      case "join":
      case "clip": {
        const fused = { ...maker, clip: both(maker.clip, clip.clip) };
        return without(replaced(network, maker, fused), clip);
      }
      case "move":
      case "maxPool":
        name = maker.inputs[0]!;
        break;
      default:
        return null;
    }
  }
  return null;
}

function both(first: Interval, second: Interval): Interval {
  const cut = (value: number): number => Math.min(Math.max(value, second.lowest), second.highest);
  return { lowest: cut(first.lowest), highest: cut(first.highest) };
}
