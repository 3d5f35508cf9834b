/** Half the distance between neighbouring float32 values at 1. */
const UNIT_ROUNDOFF = 2 ** -24;
/** The error of an exp within one unit in the last place, in units of roundoff. */
const EXP_ERROR = 2;
/** The loss of a power and a quotient that underflow and are flushed to 0. */
const UNDERFLOW = 2 * 2 ** -126;

/** For a peer's probabilities: the part of the difference that its own float32 softmax can explain. */
export interface SoftmaxPart {
  /** The largest difference that it can cause in any probability; see `softmaxRounding`. */
  readonly bound: number;
  /** Differing elements within their own bound, which show no difference of the logits. */
  readonly explained: number;
}

/**
 * The largest error of a softmax computed in float32 from float32 logits x, per element:
 *
 *   |p'_i - p_i| <= p_i k u / (1 - k u) + 2^-125,  u = 2^-24,
 *   k = (1 - p_i) a_i + sum over j != i of p_j a_j + s + 1,  a_j = |x_j - max x| + 2
 *
 * Each power w_j = exp(x_j - max x) has a relative error of at most a_j u: the difference is rounded once, which exp
 * turns into |x_j - max x| u, and exp itself is assumed to be within one unit in the last place (2 u). A softmax that
 * does not subtract the maximum has a smaller error as long as no power leaves float32's normal range. To first order,
 * relative errors e_j of the powers change p_i = w_i / sum w by p_i ((1 - p_i) e_i - sum over j != i of p_j e_j). The
 * last 1 is the division, correctly rounded. s is the error of the sum in units of u, for n - 1 additions in any order
 * or tree: each errs by at most u times the total, and by at most its smaller operand, so a power that is not the
 * largest counts min(p_j / u, 1) for each subtree in which it belongs to the smaller operand, at most 1 + log2 n times.
 * 2^-125 covers underflow, and k u / (1 - k u) the higher orders (N. J. Higham, Accuracy and Stability of Numerical
 * Algorithms, 2nd ed., section 3.1). The analysis follows P. Blanchard, D. J. Higham, N. J. Higham, "Accurately
 * computing the log-sum-exp and softmax functions", IMA J. Numer. Anal. 41 (2021), whose bound is the same for all
 * elements and coarser.
 * @param probabilities their softmax, in double precision
 * @returns one bound per element; NaN for a NaN probability
 */
export function softmaxRounding(logits: Float32Array, probabilities: readonly number[]): number[] {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const weighted = probabilities.map((p, index) => (p === 0 ? 0 : p * (largest - logits[index]! + EXP_ERROR)));
  const all = weighted.reduce((sum, each) => sum + each, 0);
  const sumError = errorOfSum(probabilities);
  return probabilities.map((p, index) => {
    if (p === 0) return UNDERFLOW;
    const own = weighted[index]!;
    // (1 - p) a - p a: the element's own part minus its share in `all`.
    const k = own / p - own + (all - own) + sumError + 1;
    const lost = k * UNIT_ROUNDOFF;
    return (p * lost) / (1 - lost) + UNDERFLOW;
  });
}

/** The error s of the sum, in units of u. */
function errorOfSum(probabilities: readonly number[]): number {
  const count = probabilities.length;
  const shares = probabilities.map((p) => Math.min(p / UNIT_ROUNDOFF, 1));
  const largest = shares.reduce((most, share) => Math.max(most, share), 0);
  const others = shares.reduce((sum, share) => sum + share, 0) - largest;
  return Math.min(count - 1, (1 + Math.log2(count)) * others);
}
