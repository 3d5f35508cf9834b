import { NO_TRAIL, type Trail } from "./tensor.ts";

type Clamp = NonNullable<Trail["clamp"]>;

export const AFTER_CONV: Trail = Object.freeze({ ...NO_TRAIL, clamp: [-Infinity, Infinity] as const });

/** Of tensors that meet in one. */
export function mergedTrail(trails: readonly Trail[]): Trail {
  const clamps = trails.flatMap(({ clamp }) => (clamp === null ? [] : [clamp]));
  const clamp: Clamp = [Math.max(...clamps.map(([low]) => low)), Math.min(...clamps.map(([, high]) => high))];
  const padded = trails.find((trail) => trail.padded);
  return {
    padded: padded !== undefined,
    unpadded: padded?.unpadded ?? null,
    clamp: clamps.length === 0 ? null : clamp,
  };
}

/** Optimisers fold a sum or a scale into a Conv just before it, but not past an activation. */
export function afterSum(trail: Trail, changesNothing: boolean): Trail {
  const unclamped = trail.clamp?.every((bound) => !Number.isFinite(bound)) ?? false;
  return changesNothing || unclamped ? trail : { ...trail, clamp: null };
}

export function afterActivation({ clamp }: Trail, through: Clamp): Trail {
  return clamp === null ? NO_TRAIL : { ...NO_TRAIL, clamp: through };
}
