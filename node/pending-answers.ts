/** Promised answers of a process or thread that answers its requests in the order in which it got them. */
export class PendingAnswers<Answer> {
  #pending: PromiseWithResolvers<Answer>[] = [];

  /** @returns the answer to the request that is sent now */
  next(): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.#pending.push(answer);
    return answer.promise;
  }

  resolveOldest(answer: Answer): void {
    this.#pending.shift()?.resolve(answer);
  }

  rejectAll(error: Error): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { reject } of pending) reject(error);
  }

  /** Resolves when every request that was asked so far has its answer. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending.map(({ promise }) => promise));
  }
}
