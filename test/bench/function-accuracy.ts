/**
 * How accurate each runtime's approximated functions are, by a dense sweep of their arguments.
 * usage: node test/bench/function-accuracy.ts [--providers cpu,wasm,webgpu] [--arguments 200000] [--only Erf]
 */
import { parseArgs } from "node:util";
import { readElements } from "#core/explain/read-elements.ts";
import { FLOAT_FORMATS, roundTo, stepAt } from "#core/explain/float-format.ts";
import { limitOf } from "#core/explain/operators/accuracy.ts";
import { APPROXIMATED_FUNCTIONS } from "#core/explain/operators/functions.ts";
import { Call } from "#core/explain/operators/call.ts";
import { dialectOf } from "#core/explain/operators/dialect.ts";
import { explainedSide } from "../explain/explained-side.ts";
import { type OneNode, oneNode, runAlone, type Settings } from "../explain/one-node.ts";
import { float, generator, text } from "../explain/operator-cases.ts";
import { tensor } from "../explain/tensors.ts";

const { values } = parseArgs({
  options: {
    providers: { type: "string", default: "cpu,wasm,webgpu" },
    arguments: { type: "string", default: "200000" },
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

const VARIANTS: readonly (readonly [string, OneNode["node"]["attributes"], number?, string?])[] = [
  ...Object.keys(APPROXIMATED_FUNCTIONS)
    .filter((name) => !["FastGelu", "QuickGelu", "Swish"].includes(name))
    .map((name) => [name, new Map()] as const),
  ["Swish", new Map(), 24],
  ["Swish", new Map([["alpha", float(1.702)]]), 24],
  ["FastGelu", new Map(), 21, "com.microsoft"],
  ["QuickGelu", new Map(), 21, "com.microsoft"],
  ["QuickGelu", new Map([["alpha", float(1)]]), 21, "com.microsoft"],
  ["Gelu", new Map([["approximate", text("tanh")]])],
  ["Celu", new Map([["alpha", float(0.3)]])],
  ["Celu", new Map([["alpha", float(5)]])],
  ["Elu", new Map([["alpha", float(0.3)]])],
  ["Elu", new Map([["alpha", float(5)]])],
  [
    "Selu",
    new Map([
      ["alpha", float(3)],
      ["gamma", float(2)],
    ]),
  ],
  [
    "HardSigmoid",
    new Map([
      ["alpha", float(0.01)],
      ["beta", float(-3)],
    ]),
  ],
  ["Sigmoid", new Map(), 6],
  ["Tanh", new Map(), 6],
  ["Exp", new Map(), 6],
];

interface Worst {
  readonly error: number;
  readonly x: number;
  readonly value: number;
}
const NONE: Worst = { error: 0, x: NaN, value: NaN };

/** Largest error in ULP of all results, and of those of at least half the size; the largest absolute one of the others. */
function measure(
  node: OneNode,
  output: Float64Array,
  provider: Settings["provider"],
): {
  readonly all: Worst;
  readonly large: Worst;
  readonly small: Worst;
  readonly nan: number;
  readonly outside: Worst & { readonly count: number };
} {
  const side = explainedSide(provider.toUpperCase(), []);
  const call = new Call({ ...node, reference: side, other: side });
  const dialect = dialectOf(side);
  const { numbers } = readElements(node.inputs[0]!);
  const { exact, range, size = () => 1 } = APPROXIMATED_FUNCTIONS[node.node.op]!;
  const [least, most] = range(call, dialect).map((end) => roundTo(FORMAT, end));
  let [all, large, small, nan, outside] = [NONE, NONE, NONE, 0, { ...NONE, count: 0 }];
  for (const [at, x] of numbers.entries()) {
    const [right, value, reach] = [exact(x, call), output[at]!, size(x, call)];
    const beyond = Math.max(least! - value, value - most!);
    if (beyond > 0)
      outside = { ...(beyond > outside.error ? { error: beyond, x, value } : outside), count: outside.count + 1 };
    // Nothing is asked of a shader here.
    if (dialect === "shader" && limitOf(node.node.op, x, call, { dialect, runsOn: side.runsOn }).plausible) continue;
    // Flushed or overflowing results are judged by rules of their own.
    if (!Number.isFinite(roundTo(FORMAT, right)) || Math.abs(x) < FORMAT.smallestNormal) continue;
    if (!Number.isFinite(value)) {
      nan++;
      continue;
    }
    const distance = Math.max(0, Math.abs(value - right) - 2 * FORMAT.smallestNormal * Math.max(1, Math.abs(x)));
    const ulps = distance / stepAt(FORMAT, right);
    if (ulps > all.error) all = { error: ulps, x, value };
    if (Math.abs(right) >= reach / 2) {
      if (ulps > large.error) large = { error: ulps, x, value };
    } else {
      const units = distance / (FORMAT.unitRoundoff * reach);
      if (units > small.error) small = { error: units, x, value };
    }
  }
  return { all, large, small, nan, outside };
}

const shown = ({ error, x, value }: Worst): string =>
  `${error.toPrecision(3)} (at ${x.toPrecision(9)}: ${value.toPrecision(9)})`;
const round = (error: number): number => Math.ceil(error * 20) / 20;

console.log(
  "| function | provider | ULP | units of 2^-24 | worst ULP of all results | worst of the small ones | not finite | out of range |",
);
console.log("|---|---|---|---|---|---|---|---|");
const variants = VARIANTS.filter(([name]) => name.includes(values.only));
for (const [at, [name, attributes, opset = 21, domain = ""]] of variants.entries()) {
  const input = tensor("float32", [COUNT], argumentsOf(at + 1));
  const node = oneNode(name, [input], Object.fromEntries(attributes), { opset, domain });
  for (const provider of values.providers.split(",") as Settings["provider"][]) {
    const [answer] = runAlone([node], { provider });
    const label = [
      name,
      ...[...attributes].map(([key, each]) => `${key}=${each.kind === "string" ? "tanh" : String(each.value)}`),
      opset < 21 ? `opset ${opset}` : "",
    ]
      .filter(Boolean)
      .join(" ");
    if (answer instanceof Error) {
      console.log(`| ${label} | ${provider} | does not run: ${answer.message.slice(0, 60)} |`);
      continue;
    }
    const { all, large, small, nan, outside } = measure(node, readElements(answer![0]!).numbers, provider);
    const [ulps, units] = all.error <= RELATIVE_ULP ? [all.error, 0] : [large.error, small.error];
    console.log(
      `| ${label} | ${provider} | ${round(ulps)} | ${round(units)} | ${shown(all)} | ${shown(small)} | ${nan} | ${outside.count === 0 ? 0 : `${outside.count}: ${shown(outside)}`} |`,
    );
  }
}
