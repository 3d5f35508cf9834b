import type { Dims } from "./dims.ts";

/** What came before a tensor, as far as an optimiser may merge it with what comes next. */
export interface History {
  /** A Pad wrote rows into it and nothing but moves and sums followed. */
  readonly padded: boolean;
  /** Its shape before that Pad, where it is known. */
  readonly unpadded: Dims | null;
  /** What activations since a Conv let through, with nothing else between them; null where no Conv leads here. */
  readonly convClamp: Clamp | null;
}

export type Clamp = readonly [least: number, most: number];

const OPEN: Clamp = Object.freeze([-Infinity, Infinity] as const);

/** After a node that optimisers leave in its place. */
export const FRESH: History = Object.freeze({ padded: false, unpadded: null, convClamp: null });

export const AFTER_CONV: History = Object.freeze({ ...FRESH, convClamp: OPEN });

/** Of tensors that meet in one. */
export function mergedHistory(histories: readonly History[]): History {
  const clamps = histories.map(({ convClamp }) => convClamp).filter((clamp) => clamp !== null);
  return {
    padded: histories.some(({ padded }) => padded),
    unpadded: histories.find(({ padded }) => padded)?.unpadded ?? null,
    convClamp:
      clamps.length === 0
        ? null
        : [Math.max(...clamps.map(([least]) => least)), Math.min(...clamps.map(([, most]) => most))],
  };
}

/**
 * After a sum or a scale: optimisers fold it into a Conv just before it, but not past an activation.
 * @param dropped it changes nothing, so that they leave it out
 */
export function afterSum(history: History, dropped: boolean): History {
  const open = history.convClamp?.every((bound) => !Number.isFinite(bound)) ?? false;
  return dropped || open ? history : { ...history, convClamp: null };
}

/** After Relu or Clip. */
export function afterActivation({ convClamp }: History, clamp: Clamp): History {
  return convClamp === null ? FRESH : { ...FRESH, convClamp: clamp };
}
