import type { Calibration } from "./calibrate.ts";
import { exactModel } from "./emit/exact-model.ts";
import type { Network } from "./network.ts";
import { ACTIVATION_BITS, FIRST_ACTIVATION_BITS, type ActivationBits } from "./quantise/limits.ts";
import { freeGroups, quantise } from "./quantise/quantise.ts";
import type { ExactNetwork } from "./quantise/exact-network.ts";
import { logitsOf, runnable, type OpenSession } from "./session.ts";

interface Host {
  readonly calibration: Calibration;
  readonly images: readonly Float32Array[];
  readonly open: OpenSession;
  readonly tell: (sentence: string) => void;
}

/**
 * More bits for activations leave fewer for the weights that they multiply, as every sum stays below 2^24. Chooses, group
 * by group, the split whose logits are closest to the float model's.
 */
export async function chooseBits(network: Network, host: Host): Promise<ExactNetwork> {
  const groups = freeGroups(network);
  const bits = new Map<string, ActivationBits>(groups.map((group) => [group, FIRST_ACTIVATION_BITS]));
  let error = await logitError(network, bits, host);
  for (const [index, group] of groups.entries()) {
    host.tell(`choosing bits: ${index + 1} of ${groups.length}`);
    for (const candidate of ACTIVATION_BITS) {
      const before = bits.get(group)!;
      if (candidate === before) continue;
      const after = await logitError(network, new Map(bits).set(group, candidate), host);
      if (after >= error) continue;
      bits.set(group, candidate);
      error = after;
    }
  }
  return quantise(network, host.calibration.largest, bits);
}

/** Mean squared difference between the exact and the float logits. */
async function logitError(
  network: Network,
  bits: ReadonlyMap<string, ActivationBits>,
  { calibration, images, open }: Host,
): Promise<number> {
  // Rewriting strides changes no value, only the time that the search takes.
  const model = exactModel(quantise(network, calibration.largest, bits), { allowStrideOne: true });
  const logits = await logitsOf(open, runnable(model, network.input), images);
  return logits.reduce((total, logit, at) => total + (logit - calibration.logits[at]!) ** 2, 0) / logits.length;
}
