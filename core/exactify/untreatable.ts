/** A model that has no exact form. The message names the obstacle and says what to do. */
export class Untreatable extends Error {
  override readonly name = "Untreatable";
}

export function untreatable(message: string): never {
  throw new Untreatable(message);
}
