/** What arrives on a stream, taken message by message. */
export class Stream<Message extends { resumeToken: string; event: { case?: string | undefined } }> {
  readonly messages: Message[] = [];
  readonly #iterator: AsyncIterator<Message>;
  readonly #leaving = new AbortController();

  constructor(open: (signal: AbortSignal) => AsyncIterable<Message>) {
    this.#iterator = open(this.#leaving.signal)[Symbol.asyncIterator]();
  }

  /** The token of the last message that was taken. */
  get token(): string {
    return this.messages.at(-1)?.resumeToken ?? "";
  }

  /** Takes the next message; fails the test when the stream ends instead. */
  async next(): Promise<Message> {
    const { done, value } = await this.#iterator.next();
    if (done) throw new Error("the stream ended");
    this.messages.push(value);
    return value;
  }

  /** Takes messages until there are this many that are no signs of life, and returns those. */
  async take(count: number): Promise<Message[]> {
    const taken: Message[] = [];
    while (taken.length < count) {
      const message = await this.next();
      if (message.event.case !== "heartbeat") taken.push(message);
    }
    return taken;
  }

  /** Takes messages until the stream ends, and fails as it does. */
  async drain(): Promise<void> {
    for (;;) await this.next();
  }

  /** Goes away. */
  leave(): void {
    this.#leaving.abort();
  }
}
