import { PIXELS } from "./pixels.ts";

/** As much of either ONNX Runtime package as a bare loop needs. */
export interface BareRuntime {
  open(model: Uint8Array): Promise<BareSession>;
  tensor(data: Float32Array, dims: readonly number[]): unknown;
}

interface BareSession {
  run(feeds: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** As long as isobit's answer to a prediction, so that both replies cost the same to send. */
const REPLY = JSON.stringify({ reply: "0".repeat(240) });

/**
 * What is measured against: the runtime with nothing around it, in a server that does nothing else. /empty and /echo
 * are the price of HTTP alone, /run that of one inference as well, /loop runs many without HTTP between them.
 */
export function createBareHandler(
  runtime: BareRuntime,
): (url: URL, body: () => Promise<Uint8Array>) => Promise<string> {
  let session: BareSession | undefined;
  let images = new Float32Array(PIXELS);
  let next = 0;

  const run = async (first: number, rows: number): Promise<void> => {
    if (!session) throw new Error("/model comes first.");
    const input = images.subarray(first * PIXELS, (first + rows) * PIXELS);
    await session.run({ input: runtime.tensor(input, [rows, 1, 28, 28]) });
  };

  return async (url, body) => {
    const asked = (name: string): number => Number(url.searchParams.get(name));
    switch (url.pathname) {
      case "/model":
        session = await runtime.open(await body());
        return REPLY;
      case "/images": {
        const scale = asked("scale");
        images = Float32Array.from(await body(), (level) => Math.fround(level * scale));
        return REPLY;
      }
      case "/loop": {
        const [count, batch] = [asked("images"), asked("batch")];
        for (let at = 0; at < count; at += batch) await run(at, Math.min(batch, count - at));
        return REPLY;
      }
      case "/run": {
        await body();
        next = (next + 1) % (images.length / PIXELS);
        await run(next, 1);
        return REPLY;
      }
      case "/echo":
        await body();
        return REPLY;
      case "/empty":
        return REPLY;
      default:
        throw new Error(`Nothing is at ${url.pathname}.`);
    }
  };
}
