import type { ElementType, TensorValue } from "#core/tensors/tensor-value.ts";
import { type OneNode, oneNode } from "./one-node.ts";
import { float, generator, int, text } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

const MICROSOFT = { domain: "com.microsoft" } as const;

/** Random one-node models of operators of transformers and graph networks. */
export function transformerCases(seed: number): readonly OneNode[] {
  const random = generator(seed);
  const fill = (dims: readonly number[], least = -1, most = 1, type: ElementType = "float32"): TensorValue => {
    const length = dims.reduce((product, size) => product * size, 1);
    return tensor(
      type,
      dims,
      Array.from({ length }, () => least + (most - least) * random()),
    );
  };
  const whole = (type: ElementType, dims: readonly number[], below: number): TensorValue => {
    const length = dims.reduce((product, size) => product * size, 1);
    return tensor(
      type,
      dims,
      Array.from({ length }, () => Math.floor(below * random())),
    );
  };
  const int64s = (...numbers: readonly number[]): TensorValue => tensor("int64", [numbers.length], numbers);
  const [x, skip, scale, bias] = [fill([2, 5, 32], -3, 3), fill([2, 5, 32], -3, 3), fill([32], 0.5, 2), fill([32])];
  const caches = [fill([9, 4]), fill([9, 4])];
  const rows = tensor("int64", [2, 5], [0, 1, 2, 3, 4, 8, 7, 6, 5, 4]);
  const data = fill([6, 4], -3, 3);
  const pairs = tensor("int64", [5, 1], [3, 0, 3, -1, 3]);
  const along = tensor("int64", [3, 4], [0, 5, -2, 1, 0, 5, 2, 1, 3, 5, 4, 1]);
  const packed = (bits: number, more: readonly (TensorValue | null)[], level = 0): OneNode => {
    const [k, n, size] = [70, 6, 32];
    const blocks = Math.ceil(k / size);
    return oneNode(
      "MatMulNBits",
      [
        fill([3, k], -3, 3),
        whole("uint8", [n, blocks, (size * bits) / 8], 256),
        fill([n * blocks], 0.01, 0.1),
        ...more,
      ],
      { K: int(k), N: int(n), bits: int(bits), block_size: int(size), accuracy_level: int(level) },
      { ...MICROSOFT, weights: [1, 2, 3, 4, 5], label: `MatMulNBits ${bits} bits, level ${level}, ${more.length}` },
    );
  };
  const recurrent = (op: string): readonly OneNode[] => {
    const gates = { LSTM: 4, GRU: 3, RNN: 1 }[op]!;
    const inputs = (ways: number): readonly (TensorValue | null)[] => [
      fill([7, 2, 8]),
      fill([ways, gates * 6, 8]),
      fill([ways, gates * 6, 6]),
      fill([ways, 2 * gates * 6]),
      null,
      fill([ways, 2, 6]),
      ...(op === "LSTM" ? [fill([ways, 2, 6])] : []),
    ];
    const shape = { weights: [1, 2, 3], outputs: op === "LSTM" ? 3 : 2 };
    const cases = ["forward", "reverse", "bidirectional"].map((direction) =>
      oneNode(
        op,
        inputs(direction === "bidirectional" ? 2 : 1),
        { hidden_size: int(6), direction: text(direction) },
        { ...shape, label: `${op} ${direction}` },
      ),
    );
    if (op !== "GRU") return cases;
    const resetLast = { hidden_size: int(6), linear_before_reset: int(1) };
    return [...cases, oneNode(op, inputs(1), resetLast, { ...shape, label: "GRU, reset last" })];
  };
  return [
    oneNode(
      "SkipLayerNormalization",
      [x, skip, scale, bias, fill([32], -4, 4)],
      {},
      { ...MICROSOFT, weights: [2, 3, 4] },
    ),
    oneNode(
      "SkipSimplifiedLayerNormalization",
      [x, skip, scale],
      { epsilon: float(1e-6) },
      { ...MICROSOFT, weights: [2] },
    ),
    oneNode(
      "SkipSimplifiedLayerNormalization",
      [x, skip, scale, bias],
      {},
      { ...MICROSOFT, weights: [2, 3], label: "SkipSimplifiedLayerNormalization with a bias" },
    ),
    ...[0, 1].flatMap((interleaved) => [
      oneNode(
        "RotaryEmbedding",
        [fill([2, 5, 24]), rows, ...caches],
        { interleaved: int(interleaved) },
        { ...MICROSOFT, weights: [2, 3], label: `RotaryEmbedding ${interleaved}` },
      ),
      oneNode(
        "RotaryEmbedding",
        [fill([2, 3, 5, 8]), int64s(2), ...caches],
        { interleaved: int(interleaved) },
        { ...MICROSOFT, weights: [2, 3], label: `RotaryEmbedding of rank 4, ${interleaved}` },
      ),
      oneNode(
        "RotaryEmbedding",
        [fill([2, 5, 36]), ...caches, rows],
        { interleaved: int(interleaved), num_heads: int(3), rotary_embedding_dim: int(8) },
        { opset: 23, weights: [1, 2], label: `RotaryEmbedding of ONNX, in part, ${interleaved}` },
      ),
    ]),
    ...["none", "add", "mul", "max", "min"].flatMap((reduction) => [
      oneNode(
        "ScatterND",
        [data, reduction === "none" ? tensor("int64", [5, 1], [3, 0, 2, -1, 4]) : pairs, fill([5, 4], -3, 3)],
        { reduction: text(reduction) },
        { label: `ScatterND ${reduction}` },
      ),
      oneNode(
        "ScatterElements",
        [data, along, fill([3, 4], -3, 3)],
        { reduction: text(reduction) },
        { label: `ScatterElements ${reduction}` },
      ),
    ]),
    packed(4, []),
    packed(4, [whole("uint8", [6 * 2], 256)]),
    packed(8, []),
    packed(4, [], 4),
    ...["LSTM", "GRU", "RNN"].flatMap((op) => recurrent(op)),
  ];
}
