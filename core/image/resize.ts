import type { Levels } from "./grey.ts";

/**
 * Stretches levels to a size by exact area averaging: each result is the mean of the source area under it, every source
 * pixel weighted by its overlap, rounded half up. Aspect ratio is not kept.
 *
 * With lengths counted in units of 1/(source * target) of the side, all weights are integers and those of one result
 * add up to sourceWidth * sourceHeight. Sums stay below 255 * MAX_IMAGE_PIXELS < 2^32, exact in a double.
 */
export function resize(source: Levels, width: number, height: number): Levels {
  if (source.width === width && source.height === height) return source;
  const { channels } = source;
  const rowLength = width * channels;
  const values = new Uint8Array(rowLength * height);
  const area = source.width * source.height;
  const averages = rowAverager(source, width);
  const sums = new Float64Array(rowLength);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    eachOverlap(y, height, source.height, (sourceY, weight) => addWeighted(sums, averages(sourceY), weight));
    for (let at = 0; at < rowLength; at++) {
      // Exact: a quotient below an integer lies at least 1 / (2 * area) > 2^-26 below it, far more than a rounding.
      values[y * rowLength + at] = Math.floor((2 * sums[at]! + area) / (2 * area));
    }
  }
  return { width, height, channels, values };
}

/**
 * Visits every source index under a target index, with the length of their overlap. Source index s covers
 * [s * targets, (s + 1) * targets), target index t covers [t * sources, (t + 1) * sources).
 */
function eachOverlap(
  target: number,
  targets: number,
  sources: number,
  visit: (source: number, weight: number) => void,
): void {
  const start = target * sources;
  const end = start + sources;
  for (let source = Math.floor(start / targets); source * targets < end; source++) {
    visit(source, Math.min(end, (source + 1) * targets) - Math.max(start, source * targets));
  }
}

/** Horizontal weighted sums of a source row. The last row is kept, since neighbouring results share it. */
function rowAverager({ width: sourceWidth, channels, values }: Levels, width: number): (y: number) => Float64Array {
  const sums = new Float64Array(width * channels);
  let kept = -1;
  return (y) => {
    if (y === kept) return sums;
    kept = y;
    sums.fill(0);
    const row = y * sourceWidth;
    for (let x = 0; x < width; x++) {
      eachOverlap(x, width, sourceWidth, (sourceX, weight) => {
        for (let channel = 0; channel < channels; channel++) {
          const level = values[(row + sourceX) * channels + channel]!;
          sums[x * channels + channel] = sums[x * channels + channel]! + level * weight;
        }
      });
    }
    return sums;
  };
}

function addWeighted(sums: Float64Array, addends: Float64Array, weight: number): void {
  for (let at = 0; at < sums.length; at++) sums[at] = sums[at]! + addends[at]! * weight;
}
