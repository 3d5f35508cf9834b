/** Why a node is not certified, in words that also say what to do where something can be done. Thrown by rules, caught by `certify`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

export function refuse(reason: string): never {
  throw new Refusal(reason);
}
