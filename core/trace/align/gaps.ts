import type { PlacedNode } from "../placed-node.ts";
import type { Definitions } from "./definitions.ts";
import type { Pairs } from "./pairs.ts";
import type { End, Wiring } from "./wiring.ts";

/** A larger table of candidates is not filled: those nodes stay without a counterpart. */
const MAX_CELLS = 2 ** 24;
const SAME_FORM = 3;
const SAME_OPERATOR = 2;

/** The nearest paired nodes before and after a node, as keys that both models share. */
interface Bounds {
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
}

/**
 * Pairs nodes of one operator that lie between the same paired nodes, such as a convolution whose normalisation was folded
 * into it: the longest common subsequence of what is left, in the order of the wires.
 */
export function pairBetween(pairs: Pairs, wirings: readonly [Wiring, Wiring], definitions: Definitions): void {
  const [rows, columns] = wirings.map(({ nodes }) => nodes.filter((node) => !pairs.has(node))) as [
    PlacedNode[],
    PlacedNode[],
  ];
  if (rows.length * columns.length > MAX_CELLS) return;
  const names = new Map<PlacedNode | undefined, string>();
  wirings[0].nodes.forEach((node, at) => names.set(node, `pair ${at}`).set(pairs.of(node), `pair ${at}`));
  const [ofRows, ofColumns] = wirings.map((wiring) => boundsOf(wiring, pairs, names)) as [
    ReadonlyMap<PlacedNode, Bounds>,
    ReadonlyMap<PlacedNode, Bounds>,
  ];
  const worth = (row: PlacedNode, column: PlacedNode): number => {
    const [left, right] = [definitions.of(row), definitions.of(column)];
    if (left.operator !== right.operator || !betweenTheSame(ofRows.get(row)!, ofColumns.get(column)!)) return 0;
    return left.form === right.form ? SAME_FORM : SAME_OPERATOR;
  };
  // best[row][column]: the most that the rows and columns from there on are worth.
  const width = columns.length + 1;
  const best = new Uint16Array((rows.length + 1) * width);
  for (let row = rows.length - 1; row >= 0; row--) {
    for (let column = columns.length - 1; column >= 0; column--) {
      const own = worth(rows[row]!, columns[column]!);
      const paired = own > 0 ? own + best[(row + 1) * width + column + 1]! : 0;
      best[row * width + column] = Math.max(paired, best[(row + 1) * width + column]!, best[row * width + column + 1]!);
    }
  }
  for (let row = 0, column = 0; row < rows.length && column < columns.length;) {
    const most = best[row * width + column];
    if (most === best[(row + 1) * width + column]) row++;
    else if (most === best[row * width + column + 1]) column++;
    else pairs.add(rows[row++]!, columns[column++]!);
  }
}

function betweenTheSame(left: Bounds, right: Bounds): boolean {
  const meet = (one: ReadonlySet<string>, another: ReadonlySet<string>): boolean =>
    one.size + another.size === 0 || [...one].some((bound) => another.has(bound));
  return meet(left.before, right.before) && meet(left.after, right.after);
}

function boundsOf(
  wiring: Wiring,
  pairs: Pairs,
  names: ReadonlyMap<PlacedNode | undefined, string>,
): ReadonlyMap<PlacedNode, Bounds> {
  const { nodes, sourcesOf, readersOf } = wiring;
  const nearest = (
    order: readonly PlacedNode[],
    next: (node: PlacedNode) => readonly (End | null)[],
    graph: string,
  ): ReadonlyMap<PlacedNode, ReadonlySet<string>> => {
    const found = new Map<PlacedNode, ReadonlySet<string>>();
    for (const node of order) {
      if (pairs.has(node)) continue;
      const bounds = next(node).flatMap((end) => {
        if (end === null) return [];
        if (end.node === null) return [`${graph} ${end.place}`];
        return pairs.has(end.node) ? [names.get(end.node)!] : [...found.get(end.node)!];
      });
      found.set(node, new Set(bounds));
    }
    return found;
  };
  const before = nearest(nodes, sourcesOf, "input");
  const readers = (node: PlacedNode): readonly End[] =>
    node.node.outputs.flatMap((_, place) => readersOf({ node, place }));
  const after = nearest(nodes.toReversed(), readers, "output");
  return new Map([...before].map(([node, bounds]) => [node, { before: bounds, after: after.get(node)! }]));
}
