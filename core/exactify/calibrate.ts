import { joinedFloats } from "../tensors/joined.ts";
import { floatModel } from "./emit/float-model.ts";
import { isLinear, type Network } from "./network.ts";
import { unitGroups } from "./quantise/groups.ts";
import { runAll, runnable, type OpenSession } from "./session.ts";

export interface Calibration {
  /** The largest magnitude in each group of values that share a unit. */
  readonly largest: ReadonlyMap<string, number>;
  /** Of the float network, one row per image. */
  readonly logits: Float32Array;
}

/**
 * Runs the folded network on the calibration images and records how large the values of each group become.
 * @param images grey levels in the order of the model's input
 */
export async function calibrate(
  network: Network,
  images: readonly Float32Array[],
  open: OpenSession,
): Promise<Calibration> {
  const groups = unitGroups(network);
  const observed = network.layers.filter((layer) => isLinear(layer) || layer.kind === "join").map(({ name }) => name);
  const largest = new Map<string, number>();
  const logits: Float32Array[] = [];
  await runAll(open, runnable(floatModel(network, observed), network.input), images, (outputs) => {
    logits.push(outputs[network.output]!);
    for (const name of observed) {
      const group = groups.get(name)!;
      largest.set(
        group,
        outputs[name]!.reduce((most, value) => Math.max(most, Math.abs(value)), largest.get(group) ?? 0),
      );
    }
  });
  return { largest, logits: joinedFloats(logits) };
}
