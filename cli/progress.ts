import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  /** @param done number of finished items @param what the current item */
  at(done: number, what: string): void;
  stop(): void;
}

/** A progress bar on stderr, if stderr is a terminal and there is more than one item. */
export function showProgress(total: number): Progress {
  if (!process.stderr.isTTY || total < 2) return { at: () => {}, stop: () => {} };
  const bar = new SingleBar(
    { format: "{bar} {value} of {total}  {what}", clearOnComplete: true, stopOnComplete: true, gracefulExit: false },
    Presets.shades_classic,
  );
  bar.start(total, 0, { what: "" });
  return { at: (done, what) => bar.update(done, { what }), stop: () => bar.stop() };
}
