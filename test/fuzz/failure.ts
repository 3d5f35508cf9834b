/** What a mutated input did that it must not. */
export interface Failure {
  readonly target: string;
  readonly problem: string;
  /** The whole input, so that it can be repeated. */
  readonly bytes: Uint8Array;
}

export function showFailure({ target, problem, bytes }: Failure): string {
  return `${target}: ${problem}\n  base64 ${Buffer.from(bytes).toString("base64")}`;
}
