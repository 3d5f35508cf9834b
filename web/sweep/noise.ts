import type { Size } from "#core/image/sketch/centre.ts";
import { formatCount } from "../format.ts";
import { greySet, type ImageSet } from "./images.ts";

export const NOISE = Object.freeze({ usualCount: 1_000, usualSeed: 1, mostSeed: 2 ** 32 - 1 });

/** Images of uniformly random grey levels; the same seed gives the same images in every browser. */
export function noiseImages(size: Size, count: number, seed: number): ImageSet {
  const levels = new Uint8Array(count * size.width * size.height);
  const next = words(seed);
  for (let at = 0; at < levels.length; at++) levels[at] = next() >>> 24;
  return greySet(
    { ...size, levels },
    {
      description: `${formatCount(count)} images of random grey levels, seed ${seed}`,
      labels: null,
      name: (place) => `noise ${place}`,
    },
  );
}

/** SplitMix32: a Weyl sequence through the finaliser of MurmurHash3. */
function words(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return (word ^ (word >>> 16)) >>> 0;
  };
}
