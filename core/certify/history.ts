import type { Dims } from "./dims.ts";
import { SCALES_EXPONENT } from "./limits.ts";
import { refuse } from "./refusal.ts";

/** What precedes a tensor, as far as an optimiser may merge it with what follows. */
export interface History {
  /** A Pad enlarged it, and only moves and sums followed. */
  readonly padded: boolean;
  /** Its shape before that Pad, if known. */
  readonly unpadded: Dims | null;
  /** The interval that activations after a Conv let through, with nothing else between them; null without such a Conv. */
  readonly convClamp: Clamp | null;
  /** The largest factors that consecutive constant scales ending here multiply to: an optimiser may merge them. */
  readonly scales: Scales;
}

/** Exponents of powers of two: at most 0 and at least 0; both are 0 without scales. */
export type Scales = readonly [down: number, up: number];

export type Clamp = readonly [least: number, most: number];

const UNSCALED: Scales = Object.freeze([0, 0] as const);
const OPEN: Clamp = Object.freeze([-Infinity, Infinity] as const);

/** After a node that optimisers leave in place. */
export const FRESH: History = Object.freeze({ padded: false, unpadded: null, convClamp: null, scales: UNSCALED });

export const AFTER_CONV: History = Object.freeze({ ...FRESH, convClamp: OPEN });

/** Of tensors that one node combines. */
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
 * After constant scales of 2^exponent each. The zone of non-zero values bounds every factor that an optimiser makes of
 * consecutive scales. Values that are always 0 need this limit, since 0 times infinity is NaN.
 * @throws Refusal if consecutive scales multiply to more than 2^60 or less than 2^-60
 */
export function afterScales({ scales: [down, up] }: History, exponents: readonly number[]): Scales {
  // The largest product of consecutive scales that ends here extends the earlier ones or starts here.
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
 * After a sum or a scale, which optimisers fold into a Conv directly before it, but not past an activation.
 * @param dropped it changes nothing, so optimisers remove it
 */
export function afterSum(history: History, dropped: boolean): History {
  const open = history.convClamp?.every((bound) => !Number.isFinite(bound)) ?? false;
  return dropped || open ? history : { ...history, convClamp: null };
}

/** After Relu or Clip. */
export function afterActivation({ convClamp }: History, clamp: Clamp): History {
  return convClamp === null ? FRESH : { ...FRESH, convClamp: clamp };
}
