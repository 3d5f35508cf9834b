import type { OracleCall } from "./call.ts";
import { exact, fromFloats, limitSize, volume, type Exact } from "./exact.ts";
import { pick, zip } from "./indexing.ts";
import { windowsOf } from "./windows.ts";

export function conv(call: OracleCall): Exact {
  const [x, weights] = [call.exact(0), call.exact(1)];
  const [batch, channels, ...spatial] = x.dims as [number, number, ...number[]];
  const [outputs, inputsEach, ...kernel] = weights.dims as [number, number, ...number[]];
  const { out, taps } = windowsOf(call, kernel, spatial);
  const plane = volume(spatial);
  const kernelSize = volume(kernel);
  const outputsEach = outputs / call.int("group", 1);
  limitSize(batch * outputs * volume(out));
  const units: bigint[] = [];
  for (let row = 0; row < batch; row++) {
    for (let output = 0; output < outputs; output++) {
      const first = Math.floor(output / outputsEach) * inputsEach;
      for (const window of taps) {
        let sum = 0n;
        for (let input = 0; input < inputsEach; input++) {
          const from = (row * channels + first + input) * plane;
          const weight = (output * inputsEach + input) * kernelSize;
          for (const { tap, at } of window) {
            if (at !== null) sum += x.units[from + at]! * weights.units[weight + tap]!;
          }
        }
        units.push(sum);
      }
    }
  }
  const products = exact([batch, outputs, ...out], x.exponent + weights.exponent, units);
  if (!call.has(2)) return products;
  const bias = call.exact(2);
  return plus(products, exact([outputs, ...out.map(() => 1)], bias.exponent, bias.units));
}

export function plus(left: Exact, right: Exact): Exact {
  return zip([left, right], ([a, b]) => a! + b!);
}

export function times(left: Exact, right: Exact): Exact {
  const { dims, units } = zip(
    [exact(left.dims, 0, left.units), exact(right.dims, 0, right.units)],
    ([a, b]) => a! * b!,
  );
  return exact(dims, left.exponent + right.exponent, units);
}

function transposed(matrix: Exact): Exact {
  return pick(matrix, matrix.dims.toReversed(), ([row, column]) => [column!, row!]);
}

/** [..., k] x [k, m] */
function product(x: Exact, weights: Exact): Exact {
  const [depth, width] = weights.dims as [number, number];
  const rows = x.units.length / depth;
  limitSize(rows * width);
  const units: bigint[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0n;
      for (let at = 0; at < depth; at++) sum += x.units[row * depth + at]! * weights.units[at * width + column]!;
      units.push(sum);
    }
  }
  return exact([...x.dims.slice(0, -1), width], x.exponent + weights.exponent, units);
}

export function matMul(call: OracleCall): Exact {
  const [x, weights] = [call.exact(0), call.exact(1)];
  if (weights.dims.length === 2) return product(x, weights);
  const column = product(x, exact([weights.dims[0]!, 1], weights.exponent, weights.units));
  return exact(x.dims.slice(0, -1), column.exponent, column.units);
}

/** @param strip makes alpha and beta positive too, for the sum of absolute values */
export function gemm(call: OracleCall, strip: (factor: number) => number = (factor) => factor): Exact {
  const x = call.int("transA", 0) ? transposed(call.exact(0)) : call.exact(0);
  const weights = call.int("transB", 0) ? transposed(call.exact(1)) : call.exact(1);
  const products = times(product(x, weights), scalar(strip(call.float("alpha", 1))));
  if (!call.has(2)) return products;
  const sum = plus(products, times(call.exact(2), scalar(strip(call.float("beta", 1)))));
  if (sum.dims.join() !== products.dims.join())
    throw new Error(`C makes [${sum.dims.join()}] of [${products.dims.join()}]`);
  return sum;
}

function scalar(value: number): Exact {
  return fromFloats([Math.fround(value)], []);
}

export function averagePool(call: OracleCall): Exact {
  const x = call.exact(0);
  const kernel = call.node.op === "GlobalAveragePool" ? x.dims.slice(2) : call.ints("kernel_shape")!;
  const { out, taps } = windowsOf(call, kernel, x.dims.slice(2));
  const size = volume(kernel);
  const planes = x.dims[0]! * x.dims[1]!;
  const plane = volume(x.dims.slice(2));
  const units: bigint[] = [];
  for (let at = 0; at < planes; at++) {
    for (const window of taps)
      units.push(window.reduce((sum, tap) => sum + (tap.at === null ? 0n : x.units[at * plane + tap.at]!), 0n));
  }
  const sums = exact([...x.dims.slice(0, 2), ...out], x.exponent, units);
  const exponent = Math.round(Math.log2(size));
  if (2 ** exponent === size) return { ...sums, exponent: x.exponent - exponent };
  throw new Error("an average over a window that is not a power of two has no dyadic value");
}
