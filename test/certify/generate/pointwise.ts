import type { Attribute } from "#core/onnx/graph.ts";
import { float } from "../graphs/sketch.ts";
import type { Growth, Tip } from "./growth.ts";

/** A constant that broadcasts to the tip: a scalar, one number per channel, or one an element. */
function constantFor(growth: Growth, value: (noise: number) => number): string {
  const { tape, sketch, sizes } = growth;
  const dims = tape.pick(broadcasting(sizes));
  const count = dims.reduce((product, size) => product * size, 1);
  return sketch.floats(
    Float32Array.from(tape.noise(count), (noise) => Math.fround(value(noise)) + 0),
    dims,
  );
}

function broadcasting([channels, ...inner]: readonly number[]): readonly (readonly number[])[] {
  if (channels === undefined) return [[], [1]];
  return [
    [],
    [1],
    [channels, ...inner.map(() => 1)],
    [1, channels, ...inner.map(() => 1)],
    inner.length === 0 ? [channels] : inner,
  ];
}

/** Add or Sub of a constant on the tip's grid or a finer one. */
export function appendAddConstant(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const span = growth.span();
  if (span === null) return;
  const unit = 2 ** (span.exponent - tape.pick([0, 0, 1, 4]));
  const most = tape.pick([0, 1, 100, span.units, 2 ** 22]);
  const constant = constantFor(growth, (noise) => Math.trunc(noise * most) * unit);
  // Sum, Max and Min broadcast since opset 8.
  const op = tape.pick(["Add", "Add", "Sub", sketch.opset < 8 ? "Add" : "Sum"]);
  const inputs = op !== "Sub" && tape.chance(0.3) ? [constant, tip.name] : [tip.name, constant];
  growth.move(sketch.node(op, inputs), sizes);
}

/** Some earlier tensor that broadcasts to the tip's shape, or the tip itself. */
function sibling({ tape, sketch, earlier, tip }: Growth): Tip {
  const fits = earlier.filter(
    ({ dims }) =>
      dims.length === tip.dims.length &&
      dims.every((size, axis) => size === tip.dims[axis] || (size === 1 && axis > 0 && sketch.opset >= 8)),
  );
  return fits.length > 0 && tape.chance(0.8) ? tape.pick(fits) : tip;
}

export function appendBranch(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const op = tape.pick(["Add", "Sub", "Max", "Min", "Sum", "Max", "Sum"]);
  const third = op === "Max" || op === "Min" || op === "Sum" ? tape.pick([[], [sibling(growth).name]]) : [];
  growth.move(sketch.node(op, [tip.name, sibling(growth).name, ...third]), sizes);
}

export function appendScale(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const mixed = tape.chance(0.3);
  const negative = tape.chance(0.1);
  const shift = tape.between(-8, 4);
  const scale = constantFor(
    growth,
    (noise) => 2 ** (mixed ? shift + Math.round(noise * 2) : shift) * (negative && noise < 0 ? -1 : 1),
  );
  growth.move(sketch.node("Mul", tape.chance(0.3) ? [scale, tip.name] : [tip.name, scale]), sizes);
}

export function appendClamp(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const span = growth.span();
  if (span === null) return;
  const unary = ["Relu", "Abs", "Neg", "Sign"];
  const later = [...(sketch.opset >= 8 ? ["Max", "Min"] : []), ...(sketch.opset >= 9 ? ["Sign"] : [])];
  const kind = tape.pick(["Relu", "Relu", "Clip", "Clip", "Abs", "Neg", ...later]);
  if (unary.includes(kind)) return growth.move(sketch.node(kind, [tip.name]), sizes);
  const unit = 2 ** span.exponent;
  const inside = (): number =>
    Math.fround(Math.round((span.lo + (span.hi - span.lo) * Math.abs(tape.noise(1)[0]!)) / unit) * unit) + 0;
  if (kind !== "Clip") return growth.move(sketch.node(kind, [tip.name, constantFor(growth, inside)]), sizes);
  growth.move(clip(growth, inside()), sizes);
}

function clip({ tape, sketch, tip }: Growth, bound: number): string {
  const low = tape.pick([null, 0, Math.min(0, bound), -1]);
  const high = tape.pick([null, 255, Math.max(0, bound), 2 ** 24]);
  if (sketch.opset < 11) {
    const attributes: Record<string, Attribute> = {};
    if (low !== null) attributes["min"] = float(low);
    if (high !== null) attributes["max"] = float(high);
    return sketch.node("Clip", [tip.name], attributes);
  }
  const inputs = [tip.name, low === null ? "" : sketch.scalar(low), ...(high === null ? [] : [sketch.scalar(high)])];
  return sketch.node("Clip", inputs);
}

export function appendRounding(growth: Growth): void {
  const { tape, sketch, sizes } = growth;
  const op = sketch.opset >= 11 ? tape.pick(["Floor", "Floor", "Ceil", "Round"]) : tape.pick(["Floor", "Ceil"]);
  growth.move(sketch.node(op, [growth.tip.name]), sizes);
}

/** Clip(Floor(x * 2^-k), 0, 255), the way back to 8 bits. */
export function appendRequantise(growth: Growth): void {
  const { tape, sketch, sizes } = growth;
  const span = growth.span();
  if (span === null) return;
  const top = Math.max(span.hi, -span.lo, 1);
  const shift = Math.ceil(Math.log2(top / 256)) + tape.between(-2, 2);
  const scaled = sketch.node("Mul", [growth.tip.name, sketch.scalar(2 ** -shift)]);
  const floored = sketch.node("Floor", [scaled]);
  const clipped =
    sketch.opset < 11
      ? sketch.node("Clip", [floored], { min: float(0), max: float(255) })
      : sketch.node("Clip", [floored, sketch.scalar(0), sketch.scalar(255)]);
  growth.move(clipped, sizes);
}

/** A sum without a bias, whose zeros may be -0, and a 0 added to settle them: optimisers drop a single one. */
export function appendSettled(growth: Growth): void {
  const { tape, sketch, sizes } = growth;
  const [channels, ...inner] = sizes as [number, ...number[]];
  const summed = inner.length === 0 ? negativeMatMul(growth, channels) : negativeConv(growth, channels, inner.length);
  const zero = tape.pick([
    sketch.scalar(0),
    sketch.floats([0]),
    sketch.floats(
      Array.from({ length: channels }, () => 0),
      [channels, ...inner.map(() => 1)],
    ),
  ]);
  const settled = sketch.node("Add", [summed, zero]);
  growth.move(sketch.node("Mul", [settled, sketch.scalar(0.5)]), sizes);
}

function negativeMatMul({ sketch, tip }: Growth, size: number): string {
  const weights = Array.from({ length: size * size }, () => -1);
  return sketch.node("MatMul", [tip.name, sketch.floats(weights, [size, size])]);
}

function negativeConv({ sketch, tip }: Growth, channels: number, rank: number): string {
  const weights = sketch.floats(
    Array.from({ length: channels }, () => -1),
    [channels, 1, ...Array.from({ length: rank }, () => 1)],
  );
  return sketch.node("Conv", [tip.name, weights], { group: { kind: "int", value: BigInt(channels) } });
}

/** Two activations in a row, which optimisers may merge into a Conv before them. */
export function appendTwoClamps(growth: Growth): void {
  const { tape, sketch, sizes } = growth;
  appendClamp(growth);
  if (tape.chance(0.3)) growth.move(sketch.node("Identity", [growth.tip.name]), sizes);
  appendClamp(growth);
}

/** A sum that cancels: x near its middle, minus the middle, plus a fine constant, which an optimiser adds to the middle first. */
export function appendCancelling(growth: Growth): void {
  const { tape, sketch } = growth;
  const [channels, ...spatial] = growth.sizes as [number, ...number[]];
  const span = growth.span();
  if (span === null || spatial.length === 0 || sketch.opset < 8) return;
  const unit = 2 ** span.exponent;
  const low = Math.floor((span.hi * 0.9) / unit) * unit;
  const raised = sketch.node("Max", [growth.tip.name, sketch.scalar(Math.fround(low) + 0)]);
  const middle = Math.round((low + span.hi) / 2 / unit);
  const weight = Math.max(1, Math.floor((2 ** 22 / Math.max(1, span.units)) * tape.pick([1, 1.5, 0.2])));
  const kernel = [channels, 1, ...spatial.map(() => 1)];
  const conv = sketch.node(
    "Conv",
    [
      raised,
      sketch.floats(
        Array.from({ length: channels }, () => weight),
        kernel,
      ),
      sketch.floats(Array.from({ length: channels }, () => -weight * middle * unit + 0)),
    ],
    {
      group: { kind: "int", value: BigInt(channels) },
    },
  );
  const fine = sketch.floats(
    tape.noise(channels).map((noise) => (2 * Math.trunc(noise * 50) + 1) * unit * 2 ** -tape.between(1, 4)),
    [channels, ...spatial.map(() => 1)],
  );
  growth.move(sketch.node("Add", [conv, fine]), growth.sizes);
}
