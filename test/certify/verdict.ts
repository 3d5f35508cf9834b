import { describe } from "./graphs/sketch.ts";
import type { Pack } from "./pack.ts";
import type { Outputs } from "./runtimes/feed.ts";

/** Where a backend's bits are not the oracle's, one line per graph with the graph below it; none is what a proof means. */
export function differences(
  pack: Pick<Pack, "outputs" | "trials">,
  answers: Outputs,
  backend: string,
): readonly string[] {
  return pack.outputs.flatMap((name, at) => {
    const { expected, expectedDims, model } = pack.trials[at]!;
    const { data, dims } = answers.get(name)!;
    const where = dims.join() === expectedDims.join() ? firstDifference(data, expected) : 0;
    if (where < 0) return [];
    return [
      `${backend}: element ${where} of [${dims.join()}] is ${shown(data[where])} instead of ${shown(expected[where])} of [${expectedDims.join()}]\n${describe(model)}`,
    ];
  });
}

function firstDifference(left: Float32Array, right: Float32Array): number {
  const rightBits = new Uint32Array(right.buffer, right.byteOffset, right.length);
  return new Uint32Array(left.buffer, left.byteOffset, left.length).findIndex((bits, at) => bits !== rightBits[at]);
}

function shown(value: number | undefined): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
