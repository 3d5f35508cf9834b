import type { Dims } from "./dims.ts";
import { SCALES_EXPONENT } from "./limits.ts";
import { refuse } from "./refusal.ts";

/** What came before a tensor, as far as an optimiser may merge it with what comes next. */
export interface History {
  /** A Pad wrote rows into it and nothing but moves and sums followed. */
  readonly padded: boolean;
  /** Its shape before that Pad, where it is known. */
  readonly unpadded: Dims | null;
  /** What activations since a Conv let through, with nothing else between them; null where no Conv leads here. */
  readonly convClamp: Clamp | null;
  /** The most that constant scales in a row, up to here, multiply by: an optimiser may make one factor of them. */
  readonly scales: Scales;
}

/** Powers of two, as exponents: at most 0 and at least 0, and those of no scale are 0. */
export type Scales = readonly [down: number, up: number];

export type Clamp = readonly [least: number, most: number];

const UNSCALED: Scales = Object.freeze([0, 0] as const);
const OPEN: Clamp = Object.freeze([-Infinity, Infinity] as const);

/** After a node that optimisers leave in its place. */
export const FRESH: History = Object.freeze({ padded: false, unpadded: null, convClamp: null, scales: UNSCALED });

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
    scales: [
      Math.min(...histories.map(({ scales: [down] }) => down)),
      Math.max(...histories.map(({ scales: [, up] }) => up)),
    ],
  };
}

/**
 * After constant scales of 2^exponent each. Where values are not 0, the zone that they stay in bounds every factor that
 * an optimiser makes of scales in a row. Where they are always 0 only this does, and 0 times infinity is NaN.
 * @throws Refusal where some scales in a row multiply to more than 2^60 or less than 2^-60
 */
export function afterScales({ scales: [down, up] }: History, exponents: readonly number[]): Scales {
  // The largest product of scales in a row that ends here either continues the ones before it or starts with this one.
  const least = Math.min(0, down + Math.min(...exponents));
  const most = Math.max(0, up + Math.max(...exponents));
  const beyond = most > SCALES_EXPONENT ? most : least < -SCALES_EXPONENT ? least : null;
  if (beyond === null) return [least, most];
  return refuse(
    `The constant scales up to it multiply to 2^${beyond}. An optimiser may merge them into one factor, and the proof needs ` +
      `factors from 2^-${SCALES_EXPONENT} to 2^${SCALES_EXPONENT}. Scale in fewer steps.`,
  );
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
