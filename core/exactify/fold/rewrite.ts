import type { Layer, Network } from "../network.ts";

/** The same network with one layer replaced by some, or by none. */
export function replaced(network: Network, old: Layer, ...fresh: readonly Layer[]): Network {
  return { ...network, layers: network.layers.flatMap((layer) => (layer === old ? fresh : [layer])) };
}

/** Every reader of a value reads another one instead. */
function rerouted(network: Network, from: string, to: string): Network {
  const follow = (name: string): string => (name === from ? to : name);
  return {
    ...network,
    layers: network.layers.map((layer) =>
      layer.inputs.includes(from) ? { ...layer, inputs: layer.inputs.map(follow) } : layer,
    ),
    output: follow(network.output),
  };
}

/** A layer taken out: its readers read what it read. */
export function without(network: Network, layer: Layer): Network {
  return rerouted(replaced(network, layer), layer.name, layer.inputs[0]!);
}
