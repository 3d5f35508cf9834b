import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  /** @param done of the total @param what is being worked on */
  at(done: number, what: string): void;
  stop(): void;
}

/** A bar on stderr for work that takes long; nothing at all where stderr is no terminal. */
export function showProgress(total: number): Progress {
  if (!process.stderr.isTTY || total < 2) return { at: () => {}, stop: () => {} };
  const bar = new SingleBar(
    { format: "{bar} {value} of {total}  {what}", clearOnComplete: true, stopOnComplete: true, gracefulExit: false },
    Presets.shades_classic,
  );
  bar.start(total, 0, { what: "" });
  return { at: (done, what) => bar.update(done, { what }), stop: () => bar.stop() };
}
