/**
 * The error function, within ten units of a double's last place: erf(x) = 2/sqrt(pi) e^(-x^2) sum (2x^2)^k x / (2k+1)!!
 * (Abramowitz and Stegun, 7.1.6). All terms have the same sign, so nothing cancels; from 6 on the result rounds to 1.
 */
export function erf(x: number): number {
  const square = x * x;
  if (!(Math.abs(x) < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  let term = x;
  let total = x;
  for (let odd = 3; Math.abs(term) > Math.abs(total) * 2 ** -54; odd += 2) {
    term *= (2 * square) / odd;
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * total;
}
