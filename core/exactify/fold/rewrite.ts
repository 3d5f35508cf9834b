import type { Layer, Network } from "../network.ts";

/** The same network with one layer replaced by others, or removed. */
export function replaced(network: Network, old: Layer, ...fresh: readonly Layer[]): Network {
  return { ...network, layers: network.layers.flatMap((layer) => (layer === old ? fresh : [layer])) };
}

/** Without a layer: its readers read its input instead. */
export function without(network: Network, layer: Layer): Network {
  const follow = (name: string): string => (name === layer.name ? layer.inputs[0]! : name);
  return {
    ...network,
    layers: replaced(network, layer).layers.map((each) =>
      each.inputs.includes(layer.name) ? { ...each, inputs: each.inputs.map(follow) } : each,
    ),
    output: follow(network.output),
  };
}
