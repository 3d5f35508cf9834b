interface Pending<Response> extends PromiseWithResolvers<Response> {
  readonly onOldest: () => void;
}

/** Promised responses of a process or thread that responds to its requests in the order in which it gets them. */
export class PendingResponses<Response> {
  #pending: Pending<Response>[] = [];

  /**
   * @param onOldest called once the process or thread works on this request
   * @returns the response to the request that is sent now
   */
  next(onOldest = (): void => {}): Promise<Response> {
    const pending = { ...Promise.withResolvers<Response>(), onOldest };
    if (this.#pending.push(pending) === 1) onOldest();
    return pending.promise;
  }

  resolveOldest(response: Response): void {
    this.#pending.shift()?.resolve(response);
    this.#pending[0]?.onOldest();
  }

  rejectAll(error: Error): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { reject } of pending) reject(error);
  }

  /** Resolves when every request that was sent so far has its response. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending.map(({ promise }) => promise));
  }
}
