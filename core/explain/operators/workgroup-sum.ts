/**
 * A shader's sum over one row: each thread of a workgroup adds up its vectors of 4, the threads' vectors are halved
 * until one is left, and its four numbers are added in turn. If the length is not a multiple of 4, vectors have one
 * number.
 * @param contiguous a thread's vectors are contiguous; otherwise every `threads`-th vector is its own
 */
export function workgroupSum(
  terms: readonly number[],
  round: (number: number) => number,
  threads: number,
  contiguous: boolean,
): number {
  const width = terms.length % 4 === 0 ? 4 : 1;
  const vectors = terms.length / width;
  const share = Math.ceil(vectors / threads);
  const partial = Array.from({ length: threads * width }, () => 0);
  for (let vector = 0; vector < vectors; vector++) {
    const thread = contiguous ? Math.floor(vector / share) : vector % threads;
    for (let lane = 0; lane < width; lane++) {
      const at = thread * width + lane;
      partial[at] = round(partial[at]! + terms[vector * width + lane]!);
    }
  }
  for (let half = threads / 2; half >= 1; half /= 2) {
    for (let at = 0; at < half * width; at++) partial[at] = round(partial[at]! + partial[at + half * width]!);
  }
  return partial.slice(0, width).reduce((total, each) => round(total + each));
}

/** The workgroups of ONNX Runtime's shaders. */
export const WORKGROUPS = Object.freeze(
  [32, 64, 128, 256].flatMap((threads) =>
    [false, true].map((contiguous) => ({
      threads,
      contiguous,
      description: `${threads} threads with vectors of 4 ${contiguous ? "contiguous" : "in turn"}, combined in halves`,
    })),
  ),
);
