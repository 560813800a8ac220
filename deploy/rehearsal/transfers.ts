import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import type { Caller } from "../../test/support/caller.js";
import { asset, type PlannedCall, planCalls } from "../../test/support/load.js";

/** A transfer that the service has said is done. */
export interface Acknowledged {
  readonly call: PlannedCall;
  readonly transactionId: string;
}

const callersMax = 32;

/** Transfers between random holders, one after another from each of many callers, until it is stopped. */
export class Transfers {
  readonly #caller: Caller;
  readonly #planned: Iterator<PlannedCall>;
  readonly #begun: PlannedCall[] = [];
  readonly #acknowledged: Acknowledged[] = [];
  readonly #running: Promise<void>[] = [];
  #stopped = false;
  #waiting: { count: number; reached: () => void }[] = [];

  constructor(caller: Caller, name: string, callsMax: number) {
    this.#caller = caller;
    this.#planned = planCalls(name, "transfer", callsMax).values();
  }

  start(): void {
    for (let n = 0; n < callersMax; n++) this.#running.push(this.#callOneByOne());
  }

  /** Those that were sent so far, answered or not. */
  get begun(): readonly PlannedCall[] {
    return [...this.#begun];
  }

  /** Those that were done so far. */
  get acknowledged(): readonly Acknowledged[] {
    return [...this.#acknowledged];
  }

  /** Waits until so many more are done. */
  async more(count: number): Promise<void> {
    const target = this.#acknowledged.length + count;
    await Promise.race([
      new Promise<void>((reached) => this.#waiting.push({ count: target, reached })),
      Promise.all(this.#running).then(() => {
        throw new Error("the transfers ended before enough of them were done");
      }),
    ]);
  }

  /** Sends no more, and waits for what is under way, however it ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #callOneByOne(): Promise<void> {
    while (!this.#stopped) {
      const { value: call, done } = this.#planned.next();
      if (done) return;
      this.#begun.push(call);
      const ending = await makeTransfer(this.#caller, call);
      if (ending.kind !== "done") continue;
      this.#acknowledged.push({ call, transactionId: ending.transactionId });
      this.#waiting = this.#waiting.filter(({ count, reached }) => {
        if (this.#acknowledged.length < count) return true;
        reached();
        return false;
      });
    }
  }
}

/** One call under its key, as often as it is made. */
export async function makeTransfer(
  caller: Caller,
  { key, from, to, amount }: PlannedCall,
): Promise<{ kind: "done"; transactionId: string; replayed: boolean } | { kind: "other" }> {
  const of = (value: string | null) => ({ ref: { case: "holderId" as const, value: value ?? "" } });
  const ending = await caller.call(WalletService.method.transfer, key, {
    source: of(from),
    destination: of(to),
    amount: { asset, units: amount },
    description: key,
  });
  if (ending.kind !== "done") return { kind: "other" };
  const { response, replayed } = ending;
  return { kind: "done", transactionId: response.transaction?.id ?? "", replayed };
}
