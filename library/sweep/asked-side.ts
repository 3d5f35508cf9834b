import { BACKENDS } from "#core/backends.ts";
import { findSubject, type Subject, type SubjectWanted } from "./subject.ts";

/** Where the two sides of one stack are. */
export interface Sides {
  readonly edge: string;
  /** Null if only the other one is used. */
  readonly origin: string | null;
}

/**
 * Where backends of both sides are compared, the origin is asked: it prepares the images and compares the answers, while
 * the Worker, which has but one thread, infers. An origin that cannot be found, or that is another stack's, is not.
 * @throws LibraryError where the edge does not answer, or what is wanted is not there
 */
export async function chooseSide(
  { edge, origin }: Sides,
  wanted: SubjectWanted,
  stop: AbortSignal,
): Promise<{ readonly url: string; readonly subject: Subject }> {
  const subject = await findSubject(edge, wanted, stop);
  const both = new Set(subject.backends.map((id) => BACKENDS[id].side)).size > 1;
  if (origin === null || !both) return { url: edge, subject };
  const there = await findSubject(origin, wanted, stop).catch(() => null);
  stop.throwIfAborted();
  // Each side describes its own backends to the other, so that one stack's two sides say the same, versions included.
  const same = JSON.stringify(there) === JSON.stringify(subject);
  return { url: same ? origin : edge, subject };
}
