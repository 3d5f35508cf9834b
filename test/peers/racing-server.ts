import { setTimeout as delay } from "node:timers/promises";
import { evaluateLayer, type ModelJson } from "../paragon-model/evaluator.ts";
import { parseImage } from "../paragon-model/image.ts";
import { serveParagon, type TestServer } from "./paragon-server.ts";

export interface RacingServer extends TestServer {
  /** The most predictions that were under way at the same time since the last call of this. */
  mostAtOnce(): number;
}

/** Between two layers, so that calls at the same time meet in the network on any machine. */
const LAYER_DELAY_MS = 20;

/**
 * A service like Paragon's own Go one: one network object serves all requests. Each request writes its activations into
 * that network layer by layer and yields in between, so that requests at the same time compute with each other's
 * values. Its softmax is in float32, and its JSON has every digit.
 */
export async function startRacingServer(model: ModelJson): Promise<RacingServer> {
  const network: Float32Array[] = model.layers.map(({ w, h }) => new Float32Array(w * h));
  let underWay = 0;
  let most = 0;
  const predict = async (image: string): Promise<number[]> => {
    most = Math.max(most, ++underWay);
    network[0] = await parseImage(image.replace(".png", ""));
    for (let layer = 1; layer < network.length; layer++) {
      await delay(LAYER_DELAY_MS);
      network[layer] = evaluateLayer(model, layer, network);
    }
    await delay(LAYER_DELAY_MS);
    underWay--;
    return float32Softmax(network.at(-1)!);
  };
  const mostAtOnce = (): number => {
    const seen = most;
    most = underWay;
    return seen;
  };
  return { ...(await serveParagon(predict)), mostAtOnce };
}

/** Every step rounded to float32, the sum in the listed order. */
function float32Softmax(logits: Float32Array): number[] {
  const largest = logits.reduce((max, logit) => Math.max(max, logit));
  const powers = logits.map((logit) => Math.exp(Math.fround(logit - largest)));
  const total = powers.reduce((sum, power) => Math.fround(sum + power), 0);
  return Array.from(powers, (power) => Math.fround(power / total));
}
