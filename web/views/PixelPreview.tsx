import { useEffect, useRef } from "react";
import type { Size } from "#core/image/sketch/centre.ts";

interface Props {
  readonly pixels: Uint8Array | null;
  readonly size: Size;
  readonly label: string;
}

/** Grey levels, one square each: exactly the bytes that are sent. */
export function PixelPreview({ pixels, size: { width, height }, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const rgba = new Uint8ClampedArray(4 * width * height);
    for (let at = 0; at < width * height; at++) {
      rgba.fill(pixels?.[at] ?? 0, 4 * at, 4 * at + 3);
      rgba[4 * at + 3] = 255;
    }
    context.putImageData(new ImageData(rgba, width, height), 0, 0);
  }, [pixels, width, height]);
  return <canvas ref={canvas} className="pixels" width={width} height={height} role="img" aria-label={label} />;
}
