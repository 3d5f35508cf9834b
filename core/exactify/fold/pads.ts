import { quoted } from "#core/onnx/rejected.ts";
import { readersOf, type ConvLayer, type Layer, type Network, type PadLayer, type Pads } from "../network.ts";
import { untreatable } from "../untreatable.ts";
import { isPadded } from "../window.ts";
import { replaced } from "./rewrite.ts";

/** Moves every Pad into the convolutions that read it. @throws Untreatable if another layer reads it */
export function foldPads(network: Network): Network {
  // From the last on, so that the reader of a Pad of a Pad is already folded.
  const pad = network.layers.findLast((layer) => layer.kind === "pad");
  if (pad === undefined) return network;
  const readers = readersOf(network, pad.name);
  if (pad.name === network.output || !readers.every((reader) => takes(reader, pad))) {
    untreatable(
      `Pad ${quoted(pad.name)} is not followed by a Conv that could absorb it. Give the pooling that follows its own pads, or remove the Pad.`,
    );
  }
  const folded = readers.reduce(
    (current, reader) => replaced(current, reader, padded(reader as ConvLayer, pad)),
    network,
  );
  return foldPads(replaced(folded, pad));
}

function takes(reader: Layer, pad: PadLayer): boolean {
  return reader.kind === "conv" && (!isPadded(reader.window) || reader.padding.every((value) => value === pad.value));
}

function padded(reader: ConvLayer, pad: PadLayer): ConvLayer {
  const pads = reader.window.pads.map((count, side) => count + pad.pads[side]!) as unknown as Pads;
  return {
    ...reader,
    inputs: pad.inputs,
    window: { ...reader.window, pads },
    padding: new Float64Array(reader.inputChannels).fill(pad.value),
  };
}
