import { open } from "node:fs/promises";
import { JSONParser } from "@streamparser/json";
import { messageOf } from "#core/errors.ts";
import { ModelRejected, rejectModel, UnreadableFile } from "#core/onnx/rejected.ts";
import type { ParagonNetwork } from "#core/paragon-model/network.ts";
import { NetworkBuilder, REPLAY_KEYS } from "#core/paragon-model/network-builder.ts";

const NEURONS = "$.layers.*.n.*.*";
const LAYER_KEYS = ["w", "h", ...REPLAY_KEYS];

/**
 * Reads a Paragon model from its JSON, one neuron at a time, so that memory holds its numbers but never its text.
 * @throws ModelRejected for a file that cannot be read or is not such a model
 */
export async function readParagonJson(path: string): Promise<ParagonNetwork> {
  const builder = new NetworkBuilder();
  const parser = new JSONParser({
    paths: ["$.type", NEURONS, ...LAYER_KEYS.map((key) => `$.layers.*.${key}`)],
    keepStack: false,
  });
  let whole = false;
  parser.onEnd = () => (whole = true);
  parser.onValue = ({ value, key, stack }) => {
    const [, , layer, , row] = stack.map((each) => each.key);
    if (stack.length === 1) builder.type(value);
    else if (typeof row === "number") builder.neuron(Number(layer), row, Number(key), value);
    else builder.layerKey(Number(layer), String(key), value);
  };
  await feed(path, (chunk) => parser.write(chunk));
  if (!whole) rejectModel("The file is cut short: its JSON does not end. Copy or export it again.");
  return builder.finish();
}

async function feed(path: string, write: (chunk: Uint8Array) => void): Promise<void> {
  try {
    await using file = await open(path);
    if (!(await file.stat()).isFile()) throw new UnreadableFile("It is a folder or a device, not a file.");
    for await (const chunk of file.createReadStream()) write(chunk as Uint8Array);
  } catch (error) {
    if (error instanceof ModelRejected) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new UnreadableFile("It is missing. Check the path.", { cause: error });
    }
    throw new ModelRejected(`It cannot be read as JSON: ${messageOf(error)}.`, { cause: error });
  }
}
