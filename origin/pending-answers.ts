/** Promises of the answers from a process or thread that answers its questions in the order in which it got them. */
export class PendingAnswers<Answer> {
  #waiting: PromiseWithResolvers<Answer>[] = [];

  /** @returns the answer to the question that is sent next */
  next(): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.push(answer);
    return answer.promise;
  }

  /** Settles the oldest promise. An answer that nothing waits for is dropped. */
  take(settle: (oldest: PromiseWithResolvers<Answer>) => void): void {
    const oldest = this.#waiting.shift();
    if (oldest) settle(oldest);
  }

  rejectAll(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}
