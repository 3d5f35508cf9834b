/** How much is measured. */
export interface Extent {
  readonly name: "quick" | "normal" | "full";
  /** Turns of A B A B. */
  readonly turns: number;
  /** Of one load at one number of connections. */
  readonly loadSeconds: number;
  readonly connections: readonly number[];
  /** Requests of each stage in a turn. */
  readonly requests: number;
  /** Images of the sweep that is compared with the bare loops. */
  readonly sweepImages: number;
  /** Images of the sweeps that must take twice as long, each twice the one before where there are enough. */
  readonly growth: readonly number[];
  readonly polygraphyImages: number;
  readonly coldStarts: number;
  /** Whether `npm ci --omit=dev` really runs, over the network. */
  readonly installs: boolean;
}

export const EXTENTS: Readonly<Record<Extent["name"], Extent>> = Object.freeze({
  quick: {
    name: "quick",
    turns: 1,
    loadSeconds: 1,
    connections: [64],
    requests: 100,
    sweepImages: 2_000,
    growth: [1_000, 2_000],
    polygraphyImages: 100,
    coldStarts: 1,
    installs: false,
  },
  normal: {
    name: "normal",
    turns: 3,
    loadSeconds: 3,
    connections: [1, 8, 64],
    requests: 200,
    sweepImages: 10_000,
    growth: [10_000, 20_000],
    polygraphyImages: 1_000,
    coldStarts: 5,
    installs: false,
  },
  full: {
    name: "full",
    turns: 7,
    loadSeconds: 5,
    connections: [1, 8, 64],
    requests: 500,
    sweepImages: 10_000,
    growth: [10_000, 20_000, 30_000, 60_000],
    polygraphyImages: 10_000,
    coldStarts: 9,
    installs: true,
  },
});
