import type { Operation } from "../../src/gen/wallet/v1/operation_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import type { ItemFacts } from "./batches.js";
import { tellsOfNoWallet } from "./expectations.js";
import type { Ledger, ModelOperation, Outcome } from "./ledger.js";
import type { Names } from "./names.js";
import { type Remote, read } from "./remote.js";

/** One sequence under way: the model and the service, which are to agree after every step. */
export interface Sequence {
  readonly remote: Remote;
  readonly names: Names;
  readonly ledger: Ledger;
  /** The answers so far, by the name of their step, for the replays. */
  readonly answers: Map<string, unknown>;
}

/** Takes up the ids that the service gave to what the step made. */
export async function learnMade(
  sequence: Sequence,
  outcome: Outcome,
  response: Record<string, unknown>,
): Promise<void> {
  if (outcome.kind === "refused") return;
  const { remote, names, ledger } = sequence;
  const { facts } = outcome;
  for (const part of ["transaction", "hold", "job"]) {
    const made = facts[part] as { id: string } | undefined;
    if (made !== undefined) names.learn(made.id, (response[part] as { id?: string } | undefined)?.id);
  }
  const operation = facts.operation as ModelOperation | undefined;
  if (operation !== undefined) learnApplied(sequence, operation, response.operation as Operation | undefined);
  for (const [index, result] of ((facts.results ?? []) as ItemFacts[]).entries()) {
    const results = response.results as { transactionId: string }[];
    names.learn(result.transaction, results[index]?.transactionId);
    if (results[index]?.transactionId === "" && result.state === "REFUSED")
      forgetRefused(ledger, result.transaction, result.reason);
  }
  for (const { id, spend } of ledger.jobs.values()) {
    if (names.knows(id) || !names.knows(spend)) continue;
    const request = { transactionId: names.id(spend) };
    names.learn(id, (await read(remote, WalletService.method.getTransaction, request)).transaction?.jobId);
  }
}

/** The transaction of a movement that was queued. */
function learnApplied(
  { names, ledger }: Sequence,
  { transaction, reason }: ModelOperation,
  answered: Operation | undefined,
): void {
  names.learn(transaction.id, answered?.transaction?.id);
  if (reason !== "" && answered?.transaction === undefined) forgetRefused(ledger, transaction.id, reason);
}

/**
 * Takes up the ids of the wallets that holders have or may yet open. A wallet's id is the same before and after it is
 * opened, so a credit that is only validated tells it: a top-up, or a bonus where TREASURY has no more to give.
 */
export async function learnWallets({ remote, names, ledger }: Sequence): Promise<void> {
  for (const asset of ledger.assets.keys()) {
    for (const holder of ledger.holders.keys()) {
      const name = `${asset}/${holder}`;
      if (names.knows(name)) continue;
      const request = {
        wallet: names.ref({ holder }),
        amount: { asset: names.asset(asset), units: 1n },
        validateOnly: true,
      };
      for (const method of [WalletService.method.topUp, WalletService.method.grantBonus]) {
        const ending = await remote.caller.call(method, names.key(name), request);
        if (ending.kind !== "done") continue;
        names.learn(name, ending.response.transaction?.destinationWalletId);
        break;
      }
    }
  }
}

/** A refusal that has no wallet to be of need not be kept as a transaction. */
export function forgetRefused(ledger: Ledger, id: string, reason: string): string[] {
  if (!tellsOfNoWallet(reason)) return ["operation: there is no refused transaction"];
  ledger.transactions.delete(id);
  return [];
}
