/**
 * How accurate each runtime's approximated functions are, by a dense sweep of their arguments.
 * usage: node test/bench/function-accuracy.ts [--providers cpu,wasm,webgpu] [--arguments 400000] [--only Erf]
 * Prints one row per function, variant and provider; core/explain/operators/measured-accuracy.ts holds the largest of them.
 */
import { parseArgs } from "node:util";
import { FLOAT_FORMATS, roundTo, stepAt } from "#core/tensors/float-format.ts";
import { type Limit, limitOf } from "#core/explain/operators/accuracy.ts";
import { Call } from "#core/explain/operators/call.ts";
import { dialectOf } from "#core/explain/operators/dialect.ts";
import { APPROXIMATED_FUNCTIONS } from "#core/explain/operators/functions.ts";
import { powerLimit } from "#core/explain/operators/power.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import { explainedSource } from "../explain/explained-side.ts";
import { type OneNode, oneNode, runAlone, type Settings } from "../explain/one-node.ts";
import { float, generator, text } from "../explain/operator-cases.ts";
import { tensor } from "../explain/tensors.ts";

const { values } = parseArgs({
  options: {
    providers: { type: "string", default: "cpu,wasm,webgpu" },
    arguments: { type: "string", default: "400000" },
    only: { type: "string", default: "" },
  },
});
const COUNT = Number(values.arguments);
const FORMAT = FLOAT_FORMATS.float32;
/** A function that is accurate to this many ULP everywhere needs no absolute limit. */
const RELATIVE_ULP = 8;

/** All exponents, the ranges that models use, and the neighbourhoods of 0, 1 and multiples of pi/4. */
function argumentsOf(seed: number): Float32Array {
  const random = generator(seed);
  const spread = (most: number): number => most * (2 * random() - 1);
  const sign = (): number => (random() < 0.5 ? -1 : 1);
  const kinds = [
    () => sign() * 2 ** (random() * 276 - 149),
    () => spread(100),
    () => spread(20),
    () => spread(4),
    () => spread(1),
    () => sign() * (1 + spread(2 ** -(24 * random()))),
    () => (Math.round(spread(40)) * Math.PI) / 4 + spread(2 ** -(20 * random())),
    () => spread(110),
  ];
  return Float32Array.from({ length: COUNT }, (_, at) => kinds[at % kinds.length]!());
}

interface Variant {
  readonly label: string;
  readonly node: OneNode;
}

function variant(
  op: string,
  attributes: Parameters<typeof oneNode>[2] = {},
  shape: Parameters<typeof oneNode>[3] = {},
): Variant {
  const named = Object.entries(attributes).map(([name, each]) =>
    each.kind === "string" ? `${name}=tanh` : `${name}=${Number(each.value).toPrecision(3)}`,
  );
  const label = [op, ...named, ...(shape.opset !== undefined && shape.opset < 21 ? [`opset ${shape.opset}`] : [])].join(
    " ",
  );
  const seed = [...label].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7);
  return { label, node: oneNode(op, [tensor("float32", [COUNT], argumentsOf(seed))], attributes, shape) };
}

/** @param exponents one for all bases, or one for each */
function power(name: string, exponents: readonly number[]): Variant {
  // A negative base has a power for whole exponents alone.
  const bases = exponents.length === 1 ? argumentsOf(11) : argumentsOf(12).map(Math.abs);
  const inputs = [tensor("float32", [COUNT], bases), tensor("float32", [exponents.length], exponents)];
  return { label: `Pow ${name}`, node: oneNode("Pow", inputs, {}, { weights: exponents.length === 1 ? [1] : [] }) };
}

function exponentsOf(seed: number): readonly number[] {
  const random = generator(seed);
  return Array.from({ length: COUNT }, (_, at) => (at % 2 === 0 ? 2 : 20) * (random() - 0.5));
}

const MICROSOFT = { domain: "com.microsoft" };
const OWN = new Set(["FastGelu", "QuickGelu", "Swish"]);
const variants = (): readonly Variant[] => [
  ...Object.keys(APPROXIMATED_FUNCTIONS)
    .filter((name) => !OWN.has(name))
    .map((name) => variant(name)),
  variant("Swish", {}, { opset: 24 }),
  variant("Swish", { alpha: float(1.702) }, { opset: 24 }),
  variant("FastGelu", {}, MICROSOFT),
  variant("QuickGelu", {}, MICROSOFT),
  variant("QuickGelu", { alpha: float(1) }, MICROSOFT),
  variant("Gelu", { approximate: text("tanh") }),
  ...[0.3, 5].flatMap((each) => ["Celu", "Elu"].map((op) => variant(op, { alpha: float(each) }))),
  variant("Selu", { alpha: float(3), gamma: float(2) }),
  variant("HardSigmoid", { alpha: float(0.01), beta: float(-3) }),
  ...["Elu", "Exp", "Log", "Selu", "Sigmoid", "Softplus", "Tanh"].map((op) => variant(op, {}, { opset: 6 })),
  power("of 2", [2]),
  power("of 3", [3]),
  power("of 0.5", [0.5]),
  power("", exponentsOf(13)),
];

interface Worst {
  readonly error: number;
  readonly x: number;
  readonly value: number;
}
const NONE: Worst = { error: 0, x: NaN, value: NaN };
const worse = (worst: Worst, error: number, x: number, value: number): Worst =>
  error > worst.error ? { error, x, value } : worst;

interface Sweep {
  /** In ULP: of all results, and of those of at least half the function's size. */
  readonly all: Worst;
  readonly large: Worst;
  /** Of the smaller ones, in units of 2^-24 times the size. */
  readonly small: Worst;
  /** As a share of what the judges allow. */
  readonly share: Worst;
  readonly outside: Worst;
  readonly notFinite: number;
}

function sweep(
  { node }: OneNode,
  inputs: readonly Float64Array[],
  output: Float64Array,
  call: Call,
  source: string,
): Sweep {
  const side = explainedSource(source, []);
  const runtime = { dialect: dialectOf(side), runsOn: side.runsOn };
  const known = APPROXIMATED_FUNCTIONS[node.op];
  const size = known?.size ?? (() => 1);
  const [least, most] = known?.range(call, runtime.dialect) ?? [-Infinity, Infinity];
  const [low, high] = [roundTo(FORMAT, least), roundTo(FORMAT, most)];
  let [all, large, small, share, outside, notFinite] = [NONE, NONE, NONE, NONE, NONE, 0];
  for (let at = 0; at < output.length; at++) {
    const [x, y, value] = [inputs[0]![at]!, inputs[1]?.[inputs[1].length === 1 ? 0 : at] ?? 0, output[at]!];
    const exact = known ? known.exact(x, call) : x ** y;
    const limit: Limit = known ? limitOf(node.op, x, call, runtime) : powerLimit(x, y, runtime);
    outside = worse(outside, Math.max(low - value, value - high), x, value);
    // Flushed and overflowing results are judged by rules of their own, and here and there nothing is asked of a shader.
    if (!Number.isFinite(roundTo(FORMAT, exact)) || Math.abs(x) < FORMAT.smallestNormal) continue;
    if (runtime.dialect === "shader" && limit.plausible) continue;
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    const [step, reach] = [stepAt(FORMAT, exact), size(x, call)];
    const distance = Math.max(0, Math.abs(value - exact) - 2 * FORMAT.smallestNormal * Math.max(1, reach));
    all = worse(all, distance / step, x, value);
    share = worse(share, distance / (limit.ulps * step + limit.units * FORMAT.unitRoundoff), x, value);
    if (Math.abs(exact) >= reach / 2) large = worse(large, distance / step, x, value);
    else small = worse(small, distance / (FORMAT.unitRoundoff * reach), x, value);
  }
  return { all, large, small, share, outside, notFinite };
}

const up = (error: number): string => (Math.ceil(error * 20) / 20).toString();
const at = ({ x, value }: Worst): string => `${x.toPrecision(9)}: ${value.toPrecision(9)}`;

console.log(
  "| function | provider | ULP | + units of 2^-24 | share of the limit | worst at | out of range | not finite |",
);
console.log("|---|---|---|---|---|---|---|---|");
for (const { label, node } of variants().filter((each) => each.label.includes(values.only))) {
  const inputs = node.inputs.map((input) => readElements(input!).numbers);
  for (const provider of values.providers.split(",") as Settings["provider"][]) {
    const [answer] = runAlone([node], { provider });
    if (answer === undefined || answer instanceof Error) {
      console.log(`| ${label} | ${provider} | does not run here | | | | | |`);
      continue;
    }
    const source = provider.toUpperCase();
    const side = explainedSource(source, []);
    const call = new Call({ ...node, reference: side, other: side });
    const { all, large, small, share, outside, notFinite } = sweep(
      node,
      inputs,
      readElements(answer[0]!).numbers,
      call,
      source,
    );
    const [ulps, units] = all.error <= RELATIVE_ULP ? [all, NONE] : [large, small];
    const beyond = outside.error > 0 ? `by ${outside.error.toPrecision(3)} at ${at(outside)}` : "no";
    console.log(
      `| ${label} | ${provider} | ${up(ulps.error)} | ${up(units.error)} | ${share.error.toFixed(2)} | ${at(share)} | ${beyond} | ${notFinite} |`,
    );
  }
}
