/** Why a node is not certified, and what to do about it. Thrown by rules, caught by `certify`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

export function refuse(reason: string): never {
  throw new Refusal(reason);
}
