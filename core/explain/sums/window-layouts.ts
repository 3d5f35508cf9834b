import type { Layout } from "./problem.ts";

/**
 * The orders in which runtimes walk through a window: channel by channel, as ONNX stores weights and MLAS runs; tap by
 * tap with the channels innermost, as channels-last kernels run (WEBGPU, cuDNN's NHWC); and in blocks of 8 or 16
 * channels, as MLAS's NCHWc kernels run at level "all".
 */
export function layoutsOf(channels: number, taps: number): readonly Layout[] {
  const own: Layout = { description: "", place: null, natural: taps > 1 ? [taps] : [] };
  if (channels === 1 || taps === 1) return [own];
  const blocks = [8, 16].filter((size) => channels % size === 0 && channels > size);
  return [
    own,
    {
      description: "tap by tap, each with all channels",
      place: placeBy(channels, taps, channels),
      natural: [channels],
    },
    ...blocks.map((size) => ({
      description: `in blocks of ${size} channels, each tap by tap`,
      place: placeBy(channels, taps, size),
      natural: [size * taps],
    })),
  ];
}

function placeBy(channels: number, taps: number, block: number): Int32Array {
  return Int32Array.from({ length: channels * taps }, (_, term) => {
    const [channel, tap] = [Math.floor(term / taps), term % taps];
    return (Math.floor(channel / block) * taps + tap) * block + (channel % block);
  });
}
