import type { GraphNode } from "./graph.ts";
import { valuesRead } from "./values-read.ts";

/**
 * The nodes in topological order: of the nodes whose inputs are all computed, the first in the file comes next. ONNX
 * requires files to be in such an order, but ONNX Runtime runs any order. A list that is sorted is returned unchanged.
 * Nodes of a cycle, and those that depend on one, come last, in file order; no runtime runs them.
 */
export function inGraphOrder(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const readers = readersOf(nodes);
  const missing = nodes.map(() => 0);
  for (const reading of readers) for (const reader of reading) missing[reader]! += 1;
  if (readers.every((reading, place) => reading.every((reader) => reader > place))) return nodes;

  const ready = new Lowest();
  for (const [place, count] of missing.entries()) if (count === 0) ready.add(place);
  const order: number[] = [];
  for (let place = ready.take(); place !== undefined; place = ready.take()) {
    order.push(place);
    for (const reader of readers[place]!) {
      missing[reader]! -= 1;
      if (missing[reader] === 0) ready.add(reader);
    }
  }
  const cyclic = [...nodes.keys()].filter((place) => missing[place]! > 0);
  return [...order, ...cyclic].map((place) => nodes[place]!);
}

/** For each node, the places of the nodes that read its outputs, once per value read. */
function readersOf(nodes: readonly GraphNode[]): readonly (readonly number[])[] {
  const madeAt = new Map<string, number>();
  for (const [place, { outputs }] of nodes.entries()) for (const name of outputs) madeAt.set(name, place);
  const readers = nodes.map((): number[] => []);
  for (const [reader, node] of nodes.entries()) {
    for (const name of valuesRead(node)) {
      const place = madeAt.get(name);
      if (place !== undefined) readers[place]!.push(reader);
    }
  }
  return readers;
}

/** A binary heap of whole numbers, so that sorting a large graph does not take quadratic time. */
class Lowest {
  readonly #heap: number[] = [];

  add(number: number): void {
    const heap = this.#heap;
    let at = heap.push(number) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= number) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = number;
  }

  take(): number | undefined {
    const heap = this.#heap;
    const lowest = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return lowest;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child += 1;
      if (heap[child]! >= last) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return lowest;
  }
}
