/** A descriptor may be waited on by several at once; our sockets know one reader each. So they take turns. */

/** @internal */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does it when all who came before are done, well or badly. */
  take<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#last.then(action);
    this.#last = done.catch(() => {});
    return done;
  }
}
