import type { Observation } from "../../src/ledger/anomaly/observation.js";
import { observe, type RuleFinding } from "../../src/ledger/anomaly/observe.js";
import { emptyProfile, type Profile } from "../../src/ledger/anomaly/profile.js";
import { type AnomalyRules, defaultAnomalyRules } from "../../src/ledger/anomaly/thresholds.js";
import { TransferGraph } from "../../src/ledger/anomaly/transfer-graph.js";

export const secondMicros = 1_000_000n;
const start = 1_767_225_600n * secondMicros;

/** What is said of something that happens to a wallet; the rest is of no matter to the story. */
export type Happening = Pick<Observation, "flow" | "type"> & Partial<Observation>;

/** The wallets of a story and what was found about them, with a clock that only the story moves. */
export class Story {
  readonly profiles = new Map<string, Profile>();
  readonly graph = new TransferGraph();
  readonly found: RuleFinding[] = [];
  readonly settings: AnomalyRules;
  #time = start;
  #transactions = 0;

  constructor(rules: Partial<AnomalyRules> = {}) {
    this.settings = { ...defaultAnomalyRules, ...rules };
  }

  /** Lets time pass. */
  wait(seconds: number): void {
    this.#time += BigInt(Math.round(seconds * 1e6));
  }

  profileOf(walletId: string): Profile {
    return this.profiles.get(walletId) ?? emptyProfile;
  }

  /** Lets something happen now. Returns the id of its transaction. */
  happen(walletId: string, happening: Happening): string {
    const transactionId = happening.transactionId ?? `tx-${++this.#transactions}`;
    const seen: Observation = {
      asset: "gold",
      amount: 1n,
      balanceAfter: 1_000_000n,
      counterpartyId: null,
      batchId: null,
      refusedReason: null,
      transactionLimit: null,
      time: this.#time,
      ...happening,
      walletId,
      transactionId,
    };
    const { profile, findings } = observe(this.profileOf(walletId), seen, this.graph, this.settings);
    this.profiles.set(walletId, profile);
    this.found.push(...findings);
    return transactionId;
  }

  spend(walletId: string, amount: bigint, more: Partial<Observation> = {}): string {
    return this.happen(walletId, { flow: "out", type: "SPEND", amount, ...more });
  }

  topUp(walletId: string, amount: bigint, balanceAfter: bigint): string {
    return this.happen(walletId, { flow: "in", type: "TOP_UP", amount, balanceAfter });
  }

  send(walletId: string, amount: bigint, more: Partial<Observation> = {}): string {
    return this.happen(walletId, { flow: "out", type: "TRANSFER", amount, ...more });
  }

  refuse(walletId: string, refusedReason = "INSUFFICIENT_FUNDS"): string {
    return this.happen(walletId, { flow: "refused", type: "SPEND", refusedReason });
  }

  /** Both sides of a transfer. */
  transfer(from: string, to: string, amount: bigint): string {
    const transactionId = this.send(from, amount, { counterpartyId: to });
    return this.happen(to, { flow: "in", type: "TRANSFER", amount, counterpartyId: from, transactionId });
  }

  /** Days of one usual spend each: between 80 and 120 units. */
  usualDays(walletId: string, count: number): void {
    for (let day = 0; day < count; day++) {
      this.spend(walletId, 80n + BigInt((day * 17) % 41));
      this.wait(86_400);
    }
  }

  /** The names of the rules that found something, in order. */
  get rules(): string[] {
    return this.found.map(({ rule }) => rule);
  }
}
