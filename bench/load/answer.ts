/** What making a load took. */
export interface Cost {
  /** Processor time, in seconds. */
  readonly cpuSeconds: number;
}

/** Answers the orders of the process that started this one, one at a time, with what it cost, and ends when that does. */
export function answerOrders<Order, Result extends Cost>(
  run: (order: Order) => Promise<Omit<Result, keyof Cost>>,
): void {
  process.on("message", async (order: Order) => {
    const usedBefore = process.cpuUsage();
    const result = await run(order);
    const { user, system } = process.cpuUsage(usedBefore);
    process.send?.({ ...result, cpuSeconds: (user + system) / 1_000_000 });
  });
  process.on("disconnect", () => process.exit(0));
}
