/** A model that exactify cannot turn into an exact one. The message names what it cannot treat and says what to do. */
export class Untreatable extends Error {
  override readonly name = "Untreatable";
}

export function untreatable(message: string): never {
  throw new Untreatable(message);
}
