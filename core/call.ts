/** One request's claim on a side: whose it is, and when its work may stop. */
export interface Call {
  /** Work is shared fairly among callers: an address, or the name that the other side gives its own caller. */
  readonly caller: string;
  /** Until the deadline; never negative. */
  remainingMs(): number;
  /** @throws IsobitError TIMEOUT once the caller has disconnected or the deadline has passed */
  throwIfEnded(): void;
  /**
   * @param listener called once, with that error, when the call ends; immediately if it has ended
   * @returns what removes the listener
   */
  onEnd(listener: (reason: unknown) => void): () => void;
  /** Lets work run to its end if the call ends before, though a runtime may drop what a disconnected caller asked for. */
  keep(work: Promise<unknown>): void;
}
