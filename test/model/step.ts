import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { answer } from "./answer.js";
import type { Step } from "./command.js";
import { differences, Some } from "./differences.js";
import { expectedAnswer } from "./expectations.js";
import { answerFacts, balanceFacts, transactionFacts } from "./facts.js";
import { forgetRefused, learnMade, learnWallets, type Sequence } from "./learn.js";
import { balanceOf, type Outcome } from "./ledger.js";
import { type AnyEnding, expireHold, read, send } from "./remote.js";

/** Takes one step in the model and in the service. Returns how it ended and where they differ. */
export async function takeStep(
  sequence: Sequence,
  step: Step,
): Promise<{ readonly outcome: Outcome; readonly found: readonly string[] }> {
  const { key, command, number } = step;
  const outcome = answer(sequence.ledger, { key, command, id: `t${number}` });
  // A read that is refused is one more way to differ.
  const found = await compareStep(sequence, step, outcome).catch((error: unknown) => [`${error}`]);
  return { outcome, found };
}

async function compareStep(sequence: Sequence, step: Step, outcome: Outcome): Promise<string[]> {
  const { ledger, names, remote } = sequence;
  const { key, command, number } = step;
  if (command.kind === "expireHold") {
    await expireHold(remote, names.id(command.hold));
    return compareBalances(sequence);
  }
  const ending = await send(remote, names, { key, command });
  if (ending.kind === "done") await learnMade(sequence, outcome, ending.response);
  await learnWallets(sequence);
  const found = compareEnding(sequence, step, outcome, ending);
  if (found.length > 0) return found;
  if (outcome.kind === "refused" && ledger.transactions.has(`t${number}`))
    found.push(...(await compareOperation(sequence, step, outcome.reason)));
  return [...found, ...(await compareBalances(sequence))];
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
  const operation = answer.operation as Record<string, unknown> | undefined;
  return {
    ...answer,
    ...settledTransaction(answer),
    ...(operation !== undefined && { operation: { ...operation, ...settledTransaction(operation) } }),
    ...(results !== undefined && { results: results.map((result) => ({ ...result, replayed: undefined })) }),
  };
}

function settledTransaction({ transaction }: Record<string, unknown>) {
  if (transaction === undefined) return {};
  return { transaction: { ...(transaction as object), refunded: undefined, reversedBy: undefined } };
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
      ? forgetRefused(ledger, `t${number}`, reason)
      : differences(
          new Some({ state: "REFUSED", reason, postings: {} }),
          transactionFacts(names, refused),
          "operation.transaction",
        )),
  ];
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
