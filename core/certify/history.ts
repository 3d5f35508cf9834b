import { refuse } from "./refusal.ts";

/** What came before a tensor, as far as an optimiser may merge it with what comes next. */
export interface History {
  /** A Pad wrote rows into it and nothing but moves and sums followed. */
  readonly padded: boolean;
  /** What activations since a Conv let through, with nothing else between them; null where no Conv leads here. */
  readonly convClamp: Clamp | null;
}

export type Clamp = readonly [least: number, most: number];

const OPEN: Clamp = Object.freeze([-Infinity, Infinity] as const);

/** After a node that optimisers leave in its place. */
export const FRESH: History = Object.freeze({ padded: false, convClamp: null });

export const AFTER_CONV: History = Object.freeze({ padded: false, convClamp: OPEN });

/** Of tensors that meet in one. */
export function mergedHistory(histories: readonly History[]): History {
  const clamps = histories.map(({ convClamp }) => convClamp).filter((clamp) => clamp !== null);
  return {
    padded: histories.some(({ padded }) => padded),
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
export function afterSum({ padded, convClamp }: History, dropped: boolean): History {
  return { padded, convClamp: dropped || convClamp === OPEN ? convClamp : null };
}

/**
 * After Relu or Clip. ONNX Runtime 1.30's WEBGPU merges both of two activations in a row into the Conv before them, where
 * the second overwrites the first; the soundness suite found it. That is right only where the second lets through less.
 */
export function afterActivation({ convClamp }: History, [least, most]: Clamp): History {
  if (convClamp === null) return FRESH;
  if (least >= convClamp[0] && most <= convClamp[1]) return { padded: false, convClamp: [least, most] };
  return refuse(
    `A Conv and a clamp to between ${convClamp[0]} and ${convClamp[1]} come before it, and WEBGPU then forgets that clamp. ` +
      "Make one Clip of the two.",
  );
}
