import { pixelsOf, readMnist } from "../../images/mnist.ts";

/** The first `count` MNIST test images as Paragon takes them: grey / 255, float32. */
export async function digits(count: number): Promise<Float32Array[]> {
  const set = await readMnist("test");
  return Array.from({ length: count }, (_, index) =>
    Float32Array.from(pixelsOf(set, index), (grey) => Math.fround(grey * Math.fround(1 / 255))),
  );
}
