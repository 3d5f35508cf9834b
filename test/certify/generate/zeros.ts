import { float } from "../graphs/sketch.ts";
import type { Growth } from "./growth.ts";

/** A tensor that is always 0, times powers of two that no other value could take, and then something that is not 0. */
export function appendScaledZeros(growth: Growth): void {
  const { tape, sketch, sizes, tip } = growth;
  const none = tape.pick([zerosByProduct, zerosByProduct, zerosByClamp])(growth);
  let name = none.name;
  // Together within the 2^60 that may be certified, more often than not.
  const steps = tape.pick([
    [29, 29],
    [20, 20, 20],
    [7, 7, 7, 7],
    [29, 29, 29],
    [29, 29, 29, 29, 29, 29],
  ]);
  const sign = tape.pick([1, 1, -1]);
  for (const step of steps) {
    const scale = sketch.scalar(2 ** (sign * step));
    name = sketch.node("Mul", tape.chance(0.3) ? [scale, name] : [name, scale]);
    if (tape.chance(0.15)) name = sketch.node("Identity", [name]);
  }
  const addend = sketch.floats([tape.between(1, 9)]);
  name = sketch.node("Add", [name, addend]);
  const same = none.sizes.join() === sizes.join();
  growth.move(same && tape.chance(0.5) ? sketch.node("Add", [name, tip.name]) : name, none.sizes);
}

interface Zeros {
  readonly name: string;
  readonly sizes: readonly number[];
}

/** A product with values or weights that are all 0: optimisers move scales into its weights or its alpha. */
function zerosByProduct(growth: Growth): Zeros {
  const { tape, sketch, sizes } = growth;
  const depth = sizes.at(-1)!;
  const zeroWeights = tape.chance(0.5);
  const x = zeroWeights ? growth.tip.name : zerosByClamp(growth).name;
  const weights = (count: number): number[] =>
    Array.from({ length: count }, (_, at) => (zeroWeights ? 0 : 1 + (at % 3)));
  if (sizes.length >= 2 && tape.chance(0.5)) {
    const [channels, ...spatial] = sizes as [number, ...number[]];
    const kernel = sketch.floats(weights(channels), [1, channels, ...spatial.map(() => 1)]);
    return { name: sketch.node("Conv", [x, kernel, sketch.floats([0])]), sizes: [1, ...spatial] };
  }
  const width = tape.between(1, 3);
  const matrix = sketch.floats(weights(depth * width), [depth, width]);
  if (sizes.length === 1 && tape.chance(0.5)) {
    const c = sketch.floats(Array.from({ length: width }, () => 0));
    return { name: sketch.node("Gemm", [x, matrix, c], { alpha: float(2 ** tape.pick([0, 20, 29])) }), sizes: [width] };
  }
  return { name: sketch.node("MatMul", [x, matrix]), sizes: [...sizes.slice(0, -1), width] };
}

/** Relu of what is never above 0. */
function zerosByClamp(growth: Growth): Zeros {
  const { sketch, sizes } = growth;
  const top = Math.max(growth.span()?.hi ?? 0, 0);
  // A bound below 2^24 units that is a float32.
  const most = 2 ** Math.ceil(Math.log2(top + 1));
  const lowered = sketch.node("Sub", [growth.tip.name, sketch.floats([most])]);
  return { name: sketch.node("Relu", [lowered]), sizes };
}
