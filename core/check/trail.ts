import { reject } from "./rejection.ts";
import { NO_TRAIL, type Trail } from "./tensor.ts";

type Clamp = NonNullable<Trail["clamp"]>;

export const AFTER_CONV: Trail = Object.freeze({ ...NO_TRAIL, clamp: [-Infinity, Infinity] as const });

/** Of tensors that one node combines. */
export function mergedTrail(trails: readonly Trail[]): Trail {
  const clamps = trails.flatMap(({ clamp }) => (clamp === null ? [] : [clamp]));
  const clamp: Clamp = [Math.max(...clamps.map(([low]) => low)), Math.min(...clamps.map(([, high]) => high))];
  const padded = trails.find((trail) => trail.padded);
  return {
    padded: padded !== undefined,
    unpadded: padded?.unpadded ?? null,
    clamp: clamps.length === 0 ? null : clamp,
    scales: [
      Math.min(...trails.map(({ scales: [down] }) => down)),
      Math.max(...trails.map(({ scales: [, up] }) => up)),
    ],
  };
}

/** Optimisers may merge consecutive scales into one factor, and 0 times infinity is NaN: it must stay within 2^-60 and 2^60. */
const MOST_SCALE = 60;

/** After a scale by powers of two with these exponents. */
export function afterScale(trail: Trail, exponents: readonly number[]): Trail {
  const down = Math.min(0, trail.scales[0] + Math.min(...exponents));
  const up = Math.max(0, trail.scales[1] + Math.max(...exponents));
  if (down < -MOST_SCALE || up > MOST_SCALE) reject(`Consecutive scales multiply to 2^${up > MOST_SCALE ? up : down}.`);
  return { ...trail, scales: [down, up] };
}

/** Optimisers fold a sum or a scale into a Conv directly before it, but not past an activation. */
export function afterSum(trail: Trail, changesNothing: boolean): Trail {
  const unclamped = trail.clamp?.every((bound) => !Number.isFinite(bound)) ?? false;
  return changesNothing || unclamped ? trail : { ...trail, clamp: null };
}

export function afterActivation({ clamp }: Trail, through: Clamp): Trail {
  return clamp === null ? NO_TRAIL : { ...NO_TRAIL, clamp: through };
}
