import { Connection } from "./connection.ts";
import { readImages } from "./images.ts";
import { readModel, type Subject } from "./subjects.ts";

/** One runtime with nothing around it, in a process of its own. */
export interface Bare {
  readonly pid: number;
  readonly url: string;
  /** Opens a session of the model and runs it once, on a blank image. */
  open(subject: Subject): Promise<void>;
  /** Gives it another model to run, and MNIST's test images as that model takes them. */
  use(subject: Subject): Promise<void>;
  /** Seconds to run so many images in batches, without what one empty request takes. */
  loop(images: number, batch: number): Promise<number>;
  stop(): Promise<void>;
}

/** Images in one loop, so that loops of equal length may be compared. */
const HELD_IMAGES = 10_000;

export function bareAt(url: string, pid: number, stop: () => Promise<void>): Bare {
  const connection = new Connection(url);
  let used: Subject | undefined;
  const seconds = async (path: string): Promise<number> => {
    const started = performance.now();
    await connection.post(path, "");
    return (performance.now() - started) / 1000;
  };
  return {
    pid,
    url,
    async open(subject) {
      await connection.post("/model", await readModel(subject));
      await connection.post("/run", "");
    },
    async use(subject) {
      if (used === subject) return;
      used = subject;
      await connection.post("/model", await readModel(subject));
      await connection.post(`/images?scale=${subject.scale}`, await readImages("test", HELD_IMAGES));
      await connection.post("/loop?images=500&batch=1", "");
      await connection.post("/loop?images=1000&batch=100", "");
    },
    async loop(images, batch) {
      const whole = await seconds(`/loop?images=${images}&batch=${batch}`);
      return whole - (await seconds("/empty"));
    },
    async stop() {
      connection.close();
      await stop();
    },
  };
}
