import type { OracleCall } from "./call.ts";
import { exact, fromFloats, volume, type Exact, type Value } from "./exact.ts";
import { broadcastDims, broadcastTo, pick } from "./indexing.ts";

export function transpose(call: OracleCall): Exact {
  const x = call.exact(0);
  const perm = call.ints("perm") ?? x.dims.map((_, axis) => x.dims.length - 1 - axis);
  return pick(
    x,
    perm.map((axis) => x.dims[axis]!),
    (index) => x.dims.map((_, axis) => index[perm.indexOf(axis)]!),
  );
}

export function pad(call: OracleCall): Exact {
  const x = call.exact(0);
  const pads = call.intsOrInput("pads", 11, 1)!;
  const value = call.opset >= 11 ? (call.has(2) ? call.exact(2) : undefined) : fromFloats([call.float("value", 0)], []);
  const rank = x.dims.length;
  const axes =
    call.opset >= 18 && call.has(3)
      ? call.integers(3).elements.map((axis) => (axis + rank) % rank)
      : x.dims.map((_, axis) => axis);
  const before = x.dims.map((_, axis) => pads[axes.indexOf(axis)] ?? 0);
  const after = x.dims.map((_, axis) => (axes.includes(axis) ? pads[axes.indexOf(axis) + axes.length]! : 0));
  const mode = call.text("mode", "constant");
  const dims = x.dims.map((size, axis) => size + before[axis]! + after[axis]!);
  const place = (index: readonly number[]): number[] => index.map((at, axis) => at - before[axis]!);
  if (mode === "constant") {
    return pick(
      x,
      dims,
      (index) => (place(index).every((at, axis) => at >= 0 && at < x.dims[axis]!) ? place(index) : null),
      value,
    );
  }
  const bend = mode === "edge" ? edge : mirrored;
  return pick(x, dims, (index) => place(index).map((at, axis) => bend(at, x.dims[axis]!)));
}

const edge = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1);

function mirrored(at: number, size: number): number {
  const period = Math.max(1, 2 * (size - 1));
  const within = ((at % period) + period) % period;
  return within < size ? within : period - within;
}

export function concat(call: OracleCall): Exact {
  const parts = call.inputs.map((_, index) => call.exact(index));
  const rank = parts[0]!.dims.length;
  const axis = (call.int("axis", 0) + rank) % rank;
  let joined = parts[0]!;
  for (const next of parts.slice(1)) joined = concatTwo(joined, next, axis);
  return joined;
}

function concatTwo(left: Exact, right: Exact, axis: number): Exact {
  const split = left.dims[axis]!;
  const dims = left.dims.with(axis, split + right.dims[axis]!);
  const exponent = Math.min(left.exponent, right.exponent);
  const a = pick(left, dims, (index) => (index[axis]! < split ? index : null), exact([], exponent, [0n]));
  const b = pick(
    right,
    dims,
    (index) => (index[axis]! < split ? null : index.with(axis, index[axis]! - split)),
    exact([], exponent, [0n]),
  );
  return exact(
    dims,
    exponent,
    a.units.map((unit, at) => unit + b.units[at]!),
  );
}

export function slice(call: OracleCall): Exact {
  const x = call.exact(0);
  const rank = x.dims.length;
  const starts = call.intsOrInput("starts", 10, 1)!;
  const ends = call.intsOrInput("ends", 10, 2)!;
  const axes = (call.intsOrInput("axes", 10, 3) ?? starts.map((_, at) => at)).map((axis) => (axis + rank) % rank);
  const steps = (call.opset >= 10 ? call.intsOrInput("steps", 10, 4) : null) ?? starts.map(() => 1);
  const kept = x.dims.map((size, axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? Array.from({ length: size }, (_, index) => index) : range(size, starts[at]!, ends[at]!, steps[at]!);
  });
  return pick(
    x,
    kept.map(({ length }) => length),
    (index) => index.map((at, axis) => kept[axis]![at]!),
  );
}

function range(size: number, start: number, end: number, step: number): readonly number[] {
  const picked: number[] = [];
  const from = start < 0 ? start + size : start;
  const to = end < 0 ? end + size : end;
  for (let index = 0; index < size; index++) {
    const at = step > 0 ? Math.max(0, from) + index * step : Math.min(size - 1, from) + index * step;
    const before = step > 0 ? at < Math.min(to, size) : at > Math.max(to, -1);
    if (before && at >= 0 && at < size) picked.push(at);
  }
  return picked;
}

export function gather(call: OracleCall): Exact {
  const indices = call.integers(1);
  const x = call.exact(0);
  const axis = (call.int("axis", 0) + x.dims.length) % x.dims.length;
  const places = indices.elements.map((index) => (index < 0 ? index + x.dims[axis]! : index));
  const flat = pick(x, x.dims.with(axis, places.length), (index) => index.with(axis, places[index[axis]!]!));
  return exact([...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)], flat.exponent, flat.units);
}

export function depthToSpace(call: OracleCall): Exact {
  const x = call.exact(0);
  const block = call.int("blocksize", 1);
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const depth = channels / block ** 2;
  return pick(x, [batch, depth, height * block, width * block], ([row, channel, y, v]) => {
    const offset = (y! % block) * block + (v! % block);
    const from = call.text("mode", "DCR") === "DCR" ? offset * depth + channel! : channel! * block ** 2 + offset;
    return [row!, from, Math.floor(y! / block), Math.floor(v! / block)];
  });
}

export function spaceToDepth(call: OracleCall): Exact {
  const x = call.exact(0);
  const block = call.int("blocksize", 1);
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  return pick(x, [batch, channels * block ** 2, height / block, width / block], ([row, channel, y, v]) => {
    const offset = Math.floor(channel! / channels);
    return [row!, channel! % channels, y! * block + Math.floor(offset / block), v! * block + (offset % block)];
  });
}

export function reshaped(call: OracleCall): Exact {
  const x = call.exact(0);
  const dims = targetDims(call, x.dims);
  if (volume(dims) !== x.units.length) throw new Error(`[${x.dims.join()}] does not become [${dims.join()}]`);
  return { ...x, dims };
}

function targetDims(call: OracleCall, dims: readonly number[]): readonly number[] {
  const axes = call.intsOrInput("axes", 13, 1);
  switch (call.node.op) {
    case "Flatten": {
      const axis = call.int("axis", 1);
      const at = axis < 0 ? axis + dims.length : axis;
      return [volume(dims.slice(0, at)), volume(dims.slice(at))];
    }
    case "Squeeze":
      return dims.filter((size, axis) =>
        axes === null ? size !== 1 : !axes.some((each) => (each + dims.length) % dims.length === axis),
      );
    case "Unsqueeze": {
      const rank = dims.length + axes!.length;
      const rest = [...dims];
      return Array.from({ length: rank }, (_, axis) =>
        axes!.some((each) => (each + rank) % rank === axis) ? 1 : rest.shift()!,
      );
    }
    default: {
      const target = call.integers(1).elements.map((size, axis) => (size === 0 ? dims[axis]! : size));
      const open = target.indexOf(-1);
      return open < 0 ? target : target.with(open, volume(dims) / volume(target.toSpliced(open, 1)));
    }
  }
}

export function expanded(call: OracleCall): Exact {
  const x = call.exact(0);
  return broadcastTo(x, broadcastDims([x.dims, call.integers(1).elements]));
}

export function shape(call: OracleCall): Value {
  const { dims } = call.inputs[0] as Value;
  const elements = dims.slice(call.int("start", 0), call.int("end", dims.length));
  return { kind: "integers", dims: [elements.length], elements };
}
