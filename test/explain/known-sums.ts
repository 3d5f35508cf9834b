import { fma } from "#core/explain/fma.ts";
import { roundFactors } from "#core/explain/sums/factors.ts";

/*
 * Ways to compute a dot product whose difference is known, because they are written out here once more: nothing of them
 * is taken from the emulation that has to recognise them, but FMA and TF32's rounding, which tests of their own check.
 */

/** Which sums an order adds to which. The last four are not among the orders that the explanation tries. */
export type Arrangement =
  | { readonly kind: "sequential" }
  | { readonly kind: "blocks" | "lanes" | "pairwise"; readonly size: number }
  | { readonly kind: "backwards" | "by size" | "from both ends" }
  | { readonly kind: "odd blocks"; readonly size: number };

export interface KnownWay {
  readonly arrangement: Arrangement;
  readonly bias: "first" | "last";
  /** double: products are exact and their sum with float32 partial sums is rounded once, by way of double precision. */
  readonly products: "rounded" | "fused" | "double";
  /** compensated: Kahan's sum. exact: as in 80 bits or more. */
  readonly sums: "float32" | "float64" | "compensated" | "exact";
  readonly tf32: boolean;
}

export function isWide({ sums }: KnownWay): boolean {
  return sums !== "float32";
}

/** Whether a product is added to a sum without being rounded first. A lane's only product is rounded in any case. */
function addsUnrounded({ arrangement, products, bias }: KnownWay, terms: number, hasBias: boolean): boolean {
  if (products === "rounded") return false;
  switch (arrangement.kind) {
    case "lanes":
      return terms > arrangement.size;
    case "pairwise":
      return terms > 1 && arrangement.size > 1 && (terms > 2 || arrangement.size >= 2);
    case "blocks":
    case "odd blocks":
      return terms > 1;
    default:
      return terms > 1 || (hasBias && bias === "first");
  }
}

/** The causes that truly make two ways differ. */
export function trueCauses(one: KnownWay, two: KnownWay, terms: number, hasBias: boolean): ReadonlySet<string> {
  if (one.tf32 !== two.tf32) return new Set(["TF32"]);
  const causes = new Set<string>();
  if (isWide(one) !== isWide(two)) {
    causes.add("WIDER_ACCUMULATION");
    const [wide, narrow] = isWide(one) ? [one, two] : [two, one];
    if (wide.products === "rounded" && addsUnrounded(narrow, terms, hasBias)) causes.add("FUSED_MULTIPLY_ADD");
    return causes;
  }
  if (one.sums !== two.sums) causes.add("WIDER_ACCUMULATION");
  const [first, second] = [one, two].map((way) =>
    isWide(way) ? way.products !== "rounded" : addsUnrounded(way, terms, hasBias),
  );
  if (first !== second) causes.add("FUSED_MULTIPLY_ADD");
  if (JSON.stringify(one.arrangement) !== JSON.stringify(two.arrangement) || one.bias !== two.bias)
    causes.add("SUMMATION_ORDER");
  return causes;
}

/** Float32 factors to a float32. */
export function knownSum(left: Float64Array, right: Float64Array, bias: number | null, way: KnownWay): number {
  const [a, b] = arranged(left, right, way);
  if (way.sums === "compensated") return compensated(a, b, bias, way);
  if (way.sums === "exact") return exact(a, b, bias, way);
  const round = way.sums === "float64" ? (number: number): number => number : Math.fround;
  const total = summed(a, b, way.bias === "first" ? bias : null, way, round);
  const single = Math.fround(total);
  return way.bias === "last" && bias !== null ? Math.fround(single + bias) : single;
}

function arranged(left: Float64Array, right: Float64Array, { arrangement, tf32 }: KnownWay) {
  const inPlace = ["sequential", "blocks", "odd blocks", "lanes", "pairwise"].includes(arrangement.kind);
  if (inPlace && !tf32) return [left, right] as const;
  const [a, b] = [left.slice(), right.slice()];
  if (tf32) for (const factors of [a, b]) roundFactors(factors, factors.length, "tf32, ties to even");
  if (inPlace) return [a, b] as const;
  const order = Array.from(a.keys());
  if (arrangement.kind === "backwards") order.reverse();
  if (arrangement.kind === "by size")
    order.sort((one, two) => Math.abs(a[one]! * b[one]!) - Math.abs(a[two]! * b[two]!));
  if (arrangement.kind === "from both ends")
    order.sort((one, two) => Math.min(one, a.length - 1 - one) - Math.min(two, a.length - 1 - two));
  return [Float64Array.from(order, (at) => a[at]!), Float64Array.from(order, (at) => b[at]!)] as const;
}

type Round = (number: number) => number;

function summed(a: Float64Array, b: Float64Array, first: number | null, way: KnownWay, round: Round): number {
  const { arrangement } = way;
  const terms = a.length;
  const add = (sum: number, k: number): number => {
    if (way.products === "rounded") return round(sum + Math.fround(a[k]! * b[k]!));
    return way.products === "fused" && round === Math.fround ? fma(a[k]!, b[k]!, sum) : round(sum + a[k]! * b[k]!);
  };
  const chain = (from: number, to: number, start = 0, step = 1): number => {
    let sum = start;
    for (let k = from; k < to; k += step) sum = add(sum, k);
    return sum;
  };
  const onto = (sum: number): number => (first === null ? sum : round(first + sum));
  switch (arrangement.kind) {
    case "blocks":
    case "odd blocks": {
      let total = first;
      for (let from = 0; from < terms; from += arrangement.size) {
        const block = chain(from, Math.min(terms, from + arrangement.size));
        total = total === null ? block : round(total + block);
      }
      return total ?? 0;
    }
    case "lanes": {
      const partial = Array.from({ length: arrangement.size }, (_, lane) => chain(lane, terms, 0, arrangement.size));
      for (let half = arrangement.size / 2; half >= 1; half /= 2)
        for (let lane = 0; lane < half; lane++) partial[lane] = round(partial[lane]! + partial[lane + half]!);
      return onto(partial[0]!);
    }
    case "pairwise": {
      const tree = (from: number, to: number): number => {
        if (to - from <= arrangement.size) return chain(from, to);
        const middle = from + Math.floor((to - from) / 2);
        return round(tree(from, middle) + tree(middle, to));
      };
      return onto(tree(0, terms));
    }
    default:
      return chain(0, terms, first ?? 0);
  }
}

function compensated(a: Float64Array, b: Float64Array, bias: number | null, way: KnownWay): number {
  let [sum, error] = [way.bias === "first" && bias !== null ? bias : 0, 0];
  for (let k = 0; k < a.length; k++) {
    const term = Math.fround(Math.fround(a[k]! * b[k]!) - error);
    const next = Math.fround(sum + term);
    error = Math.fround(Math.fround(next - sum) - term);
    sum = next;
  }
  return way.bias === "last" && bias !== null ? Math.fround(sum + bias) : sum;
}

/** Products of two float32 are exact in double, and their sum is kept in two doubles. */
function exact(a: Float64Array, b: Float64Array, bias: number | null, way: KnownWay): number {
  let [sum, error] = [way.bias === "first" && bias !== null ? bias : 0, 0];
  for (let k = 0; k < a.length; k++) {
    const product = a[k]! * b[k]!;
    const next = sum + product;
    const part = next - sum;
    error += sum - (next - part) + (product - part);
    sum = next;
  }
  const single = Math.fround(sum + error);
  return way.bias === "last" && bias !== null ? Math.fround(single + bias) : single;
}
