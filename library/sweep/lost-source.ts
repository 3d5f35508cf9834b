import type { Subject } from "./subject.ts";

interface AskedRow {
  readonly inputSha256: string | null;
  readonly outputs: readonly {
    readonly source: string;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}

export interface LostSource {
  readonly source: string;
  /** Why it cannot be reached, and what to do about it. */
  readonly message: string;
}

/**
 * The first source that answered before and cannot be reached any more. One that never was there is not lost, and
 * an image that a source refuses is the image's own error: both are reported row by row.
 */
export function lostSource(
  rows: readonly AskedRow[],
  { environment }: Pick<Subject, "environment">,
  hasAnswered: (source: string) => boolean,
): LostSource | null {
  const there = (source: string): boolean =>
    environment.some(({ backend, available }) => backend === source && available);
  const onOrigin = (source: string): boolean =>
    environment.some(({ backend, side }) => backend === source && side === "ORIGIN");
  for (const { inputSha256, outputs } of rows) {
    for (const { source, error } of outputs) {
      // An image that only the origin can decode fails for all in the origin's absence.
      if (error === null || (inputSha256 === null && !onOrigin(source))) continue;
      const { code, message } = error;
      if (code === "ORIGIN_UNREACHABLE" && (there(source) || hasAnswered(source))) return { source, message };
      // Also the error of a backend that can never run the model; only a backend that ran it can be lost.
      if (code === "BACKEND_UNAVAILABLE" && hasAnswered(source)) return { source, message };
    }
  }
  return null;
}
