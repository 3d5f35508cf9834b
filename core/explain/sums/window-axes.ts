import type { Call } from "../operators/call.ts";

/** Spatial axes that are emulated; fewer are filled up with axes of length 1 in front. */
export const AXES = 3;

/** One of three spatial axes. */
export interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly out: number;
}

/** The three axes along which a Conv's window moves, as its attributes say. */
export function axesOf(call: Call, sizes: readonly number[], kernel: readonly number[]): readonly [Axis, Axis, Axis] {
  const rank = sizes.length;
  const filled = (name: string, length: number, fallback: number): readonly number[] => {
    const list = call.ints(name) ?? [];
    return list.length === length ? list : Array.from({ length }, () => fallback);
  };
  const [strides, dilations, pads] = [
    filled("strides", rank, 1),
    filled("dilations", rank, 1),
    filled("pads", 2 * rank, 0),
  ];
  const autoPad = call.text("auto_pad", "NOTSET");
  const axes = sizes.map((size, at) => {
    const [stride, dilation] = [strides[at]!, dilations[at]!];
    const extent = (kernel[at]! - 1) * dilation + 1;
    const [before, after] = padsOf(autoPad, { size, stride, extent }, [pads[at]!, pads[at + rank]!]);
    return {
      size,
      kernel: kernel[at]!,
      stride,
      dilation,
      before,
      out: Math.floor((size + before + after - extent) / stride) + 1,
    };
  });
  const point = { size: 1, kernel: 1, stride: 1, dilation: 1, before: 0, out: 1 };
  const filler: readonly Axis[] = Array.from({ length: AXES - rank }, () => point);
  // AXES is 3, which the compiler cannot count.
  return [...filler, ...axes] as unknown as readonly [Axis, Axis, Axis];
}

function padsOf(
  autoPad: string,
  { size, stride, extent }: { readonly size: number; readonly stride: number; readonly extent: number },
  explicit: readonly [number, number],
): readonly [before: number, after: number] {
  if (autoPad === "NOTSET" || autoPad === "") return explicit;
  if (autoPad === "VALID") return [0, 0];
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
  const small = Math.floor(total / 2);
  return autoPad === "SAME_LOWER" ? [total - small, small] : [small, total - small];
}

export function isPadded({ size, kernel, stride, dilation, before, out }: Axis): boolean {
  return before > 0 || (out - 1) * stride + (kernel - 1) * dilation + 1 - before > size;
}

/** Winograd's and FFT's convolutions need a window of some size that moves by single steps. */
export function mayTransform(axes: readonly Axis[]): boolean {
  const wide = axes.filter(({ kernel }) => kernel > 1);
  return (
    wide.length > 0 &&
    wide.every(({ kernel }) => kernel >= 3) &&
    axes.every(({ stride, dilation }) => stride === 1 && dilation === 1)
  );
}
