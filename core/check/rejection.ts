/** Why a certificate does not hold, in one sentence. Thrown where the check stops, caught by `checkCertificate`. */
export class Rejection extends Error {
  override readonly name = "Rejection";
}

export function reject(reason: string): never {
  throw new Rejection(reason);
}
