import type { OracleCall } from "./call.ts";
import { abs, exact, fromFloats, volume, type Exact } from "./exact.ts";
import { zip } from "./indexing.ts";
import { windowsOf } from "./windows.ts";

const ZERO = fromFloats([0], []);

export function largest(values: readonly Exact[]): Exact {
  return zip(values, (units) => units.reduce((most, unit) => (unit > most ? unit : most)));
}

export function smallest(values: readonly Exact[]): Exact {
  return zip(values, (units) => units.reduce((least, unit) => (unit < least ? unit : least)));
}

export function relu(call: OracleCall): Exact {
  return largest([call.exact(0), ZERO]);
}

export function clip(call: OracleCall): Exact {
  const [min, max] = [1, 2].map((index, at) => {
    if (call.opset >= 11) return call.has(index) ? call.exact(index) : null;
    const attribute = call.node.attributes.get(at === 0 ? "min" : "max");
    return attribute?.kind === "float" ? fromFloats([Math.fround(attribute.value)], []) : null;
  });
  const raised = min === null ? call.exact(0) : largest([call.exact(0), min!]);
  return max === null ? raised : smallest([raised, max!]);
}

/** To integers: floor, then the rest as the mode rounds it, a fraction of `unit`. */
export function rounded(x: Exact, way: (below: bigint, rest: bigint, unit: bigint) => bigint): Exact {
  if (x.exponent >= 0) return x;
  const unit = 1n << BigInt(-x.exponent);
  const units = x.units.map((value) => {
    const rest = ((value % unit) + unit) % unit;
    return way((value - rest) / unit, rest, unit);
  });
  return exact(x.dims, 0, units);
}

export function halfToEven(below: bigint, rest: bigint, unit: bigint): bigint {
  if (2n * rest !== unit) return 2n * rest < unit ? below : below + 1n;
  return below % 2n === 0n ? below : below + 1n;
}

export function absolute(x: Exact): Exact {
  return exact(x.dims, x.exponent, x.units.map(abs));
}

export function maxPool(call: OracleCall): Exact {
  const x = call.exact(0);
  const kernel = call.node.op === "GlobalMaxPool" ? x.dims.slice(2) : call.ints("kernel_shape")!;
  const { out, taps } = windowsOf(call, kernel, x.dims.slice(2));
  const plane = volume(x.dims.slice(2));
  const units: bigint[] = [];
  for (let at = 0; at < x.dims[0]! * x.dims[1]!; at++) {
    for (const window of taps) {
      const seen = window.flatMap((tap) => (tap.at === null ? [] : [x.units[at * plane + tap.at]!]));
      units.push(seen.reduce((most, unit) => (unit > most ? unit : most)));
    }
  }
  return exact([...x.dims.slice(0, 2), ...out], x.exponent, units);
}
