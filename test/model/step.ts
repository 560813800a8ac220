import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { answer } from "./answer.js";
import type { ItemFacts } from "./batches.js";
import type { Step } from "./command.js";
import { differences, Some } from "./differences.js";
import { expectedAnswer, tellsOfNoWallet } from "./expectations.js";
import { answerFacts, balanceFacts, transactionFacts } from "./facts.js";
import { balanceOf, type Ledger, type Outcome } from "./ledger.js";
import type { Names } from "./names.js";
import { type AnyEnding, expireHold, type Remote, read, send } from "./remote.js";

/** One sequence under way: the model and the service, which are to agree after every step. */
export interface Sequence {
  readonly remote: Remote;
  readonly names: Names;
  readonly ledger: Ledger;
  /** The answers so far, by the name of their step, for the replays. */
  readonly answers: Map<string, unknown>;
}

/** Takes one step in the model and in the service. Returns how it ended and where they differ. */
export async function takeStep(
  sequence: Sequence,
  step: Step,
): Promise<{ readonly outcome: Outcome; readonly found: string[] }> {
  const { ledger, names, remote } = sequence;
  const { key, command, number } = step;
  const outcome = answer(ledger, { key, command, id: `t${number}` });
  if (command.kind === "expireHold") {
    await expireHold(remote, names.id(command.hold));
    return { outcome, found: await compareBalances(sequence) };
  }
  const ending = await send(remote, names, { key, command });
  if (ending.kind === "done") await learn(sequence, outcome, ending.response);
  await learnWallets(sequence);
  const found = compareEnding(sequence, step, outcome, ending);
  if (found.length > 0) return { outcome, found };
  if (outcome.kind === "refused" && ledger.transactions.has(`t${number}`))
    found.push(...(await compareOperation(sequence, step, outcome.reason)));
  found.push(...(await compareBalances(sequence)));
  return { outcome, found };
}

function compareEnding(sequence: Sequence, step: Step, outcome: Outcome, ending: AnyEnding): string[] {
  if (ending.kind === "unanswered") return [`no answer: ${ending.code} ${ending.details}`];
  const said = ending.kind === "refused" ? ending.reason : "done";
  const expected = outcome.kind === "refused" ? outcome.reason : "done";
  if (said !== expected) return [`answer: expected ${expected}, got ${said}`];
  const replayed = differences(outcome.replayOf !== undefined, ending.replayed, "replayed");
  if (outcome.kind === "refused") {
    const metadata = ending.kind === "refused" ? ending.metadata : {};
    return [...replayed, ...differences(new Some(outcome.figures), metadata, "metadata")];
  }
  if (ending.kind !== "done") return replayed;
  const dry = "validateOnly" in step.command && step.command.validateOnly;
  const again = outcome.replayOf !== undefined;
  const actual = answerFacts(sequence.names, ending.response);
  const first = sequence.answers.get(outcome.replayOf ?? "");
  if (!again) sequence.answers.set(`t${step.number}`, settledAnswer(actual));
  if (first !== undefined) return [...replayed, ...differences(first, actual, "replay")];
  return [
    ...replayed,
    ...differences(expectedAnswer(sequence.ledger, outcome.facts, { dry, again }), actual),
  ];
}

/**
 * An answer as a replay of it is to look, but for what is derived when it is read, and for the results of a batch, which
 * then say that they are replayed.
 */
function settledAnswer(answer: Record<string, unknown>): Record<string, unknown> {
  const results = answer.results as readonly object[] | undefined;
  return {
    ...answer,
    ...(answer.transaction !== undefined && {
      transaction: { ...(answer.transaction as object), refunded: undefined, reversedBy: undefined },
    }),
    ...(results !== undefined && { results: results.map((result) => ({ ...result, replayed: undefined })) }),
  };
}

/** Takes up the ids that the service gave to what the step made. */
async function learn(
  { remote, names, ledger }: Sequence,
  outcome: Outcome,
  response: Record<string, unknown>,
): Promise<void> {
  if (outcome.kind === "refused") return;
  const { facts } = outcome;
  for (const part of ["transaction", "hold", "job"]) {
    const made = facts[part] as { id: string } | undefined;
    if (made !== undefined) names.learn(made.id, (response[part] as { id?: string } | undefined)?.id);
  }
  for (const [index, result] of ((facts.results ?? []) as ItemFacts[]).entries()) {
    const results = response.results as { transactionId: string }[];
    names.learn(result.transaction, results[index]?.transactionId);
    if (results[index]?.transactionId === "" && result.state === "REFUSED")
      forget(ledger, result.transaction, result.reason);
  }
  for (const { id, spend } of ledger.jobs.values()) {
    if (names.knows(id) || !names.knows(spend)) continue;
    const request = { transactionId: names.id(spend) };
    names.learn(id, (await read(remote, WalletService.method.getTransaction, request)).transaction?.jobId);
  }
}

/**
 * Takes up the ids of the wallets that holders have or may yet open. A wallet's id is the same before and after it is
 * opened, so a credit that is only validated tells it: a top-up, or a bonus where TREASURY has no more to give.
 */
async function learnWallets({ remote, names, ledger }: Sequence): Promise<void> {
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

/** The recorded refusal, as it can be looked up by its key. */
async function compareOperation({ remote, names, ledger }: Sequence, { key, number }: Step, reason: string) {
  const request = { idempotencyKey: names.key(key) };
  const { operation } = await read(remote, WalletService.method.getOperation, request);
  names.learn(`t${number}`, operation?.transaction?.id);
  const refused = operation?.transaction;
  return [
    ...differences(OperationState.REFUSED, operation?.state, "operation.state"),
    ...differences(reason, operation?.errorReason, "operation.reason"),
    ...(refused === undefined
      ? forget(ledger, `t${number}`, reason)
      : differences(
          new Some({ state: "REFUSED", reason, postings: {} }),
          transactionFacts(names, refused),
          "operation.transaction",
        )),
  ];
}

/** A refusal that has no wallet to be of need not be kept as a transaction. */
function forget(ledger: Ledger, id: string, reason: string): string[] {
  if (!tellsOfNoWallet(reason)) return ["operation: there is no refused transaction"];
  ledger.transactions.delete(id);
  return [];
}

/** All balances of the sequence, read back over the wire. */
async function compareBalances({ remote, names, ledger }: Sequence): Promise<string[]> {
  const wallets = [...ledger.wallets.values()];
  const queries = wallets.map(({ name }) => ({
    wallet: { ref: { case: "walletId" as const, value: names.id(name) } },
  }));
  const { balances } = await read(remote, WalletService.method.batchGetBalances, { queries });
  return wallets.flatMap((wallet, index) => {
    const actual = balanceFacts(balances[index]?.balance);
    const ahead = (actual.version ?? 0n) - wallet.version;
    if (ahead > 0n && ahead <= BigInt(wallet.expiries)) {
      wallet.version += ahead;
      wallet.expiries -= Number(ahead);
    }
    return differences(balanceOf(ledger, wallet), actual, `balance of ${wallet.name}`);
  });
}
