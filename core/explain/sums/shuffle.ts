/** 0 to length - 1 in an order determined by the seed: Fisher-Yates with xorshift32. */
export function permutation(length: number, seed: number): Int32Array {
  const order = Int32Array.from({ length }, (_, index) => index);
  let state = (0x9e37_79b9 ^ seed) | 0;
  for (let index = length - 1; index > 0; index--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const other = (state >>> 0) % (index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}
