/** The number of each channel of a [channels, ...] value; null if numbers differ within a channel. */
export function perChannel(elements: Float64Array, channels: number): Float64Array | null {
  const inner = elements.length / channels;
  const result = Float64Array.from({ length: channels }, (_, channel) => elements[channel * inner]!);
  return elements.every((element, at) => element === result[Math.floor(at / inner)]) ? result : null;
}

/** Repeats each channel's number for all its elements. */
export function spread(channels: Float64Array, size: number): Float64Array {
  const inner = size / channels.length;
  return Float64Array.from({ length: size }, (_, at) => channels[Math.floor(at / inner)]!);
}
