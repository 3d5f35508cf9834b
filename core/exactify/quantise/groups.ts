import { hasOneReader, isLinear, makerOf, EVERYTHING, type Network } from "../network.ts";

/** Which values must share one unit: each value's group, named after one of its members. */
export function unitGroups(network: Network): ReadonlyMap<string, string> {
  const parent = new Map<string, string>([[network.input.name, network.input.name]]);
  const rootOf = (name: string): string => {
    const above = parent.get(name)!;
    return above === name ? name : rootOf(above);
  };
  for (const layer of network.layers) {
    parent.set(layer.name, layer.name);
    if (isLinear(layer)) continue;
    for (const input of layer.inputs) parent.set(rootOf(layer.name), rootOf(input));
  }
  return new Map([...parent.keys()].map((name) => [name, rootOf(name)]));
}

/** The linear layer whose sums are the logits, followed only by moves; null if there is none. */
export function logitsLayer(network: Network): string | null {
  for (let name = network.output; ;) {
    const maker = makerOf(network, name);
    if (isLinear(maker))
      return maker.clip.lowest === EVERYTHING.lowest && maker.clip.highest === EVERYTHING.highest ? maker.name : null;
    const [input] = maker?.inputs ?? [];
    if ((maker?.kind !== "move" && maker?.kind !== "maxPool") || !hasOneReader(network, input!)) return null;
    name = input!;
  }
}
