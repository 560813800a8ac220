import type { QueryRunner } from "typeorm";
import { v7 as uuidV7 } from "uuid";
import { toTimestamp } from "../../src/db/sql.js";
import type { Claim } from "../../src/ledger/movement.js";
import type { Posted } from "../../src/ledger/plan.js";
import { positionAt } from "../../src/ledger/position.js";
import type { Posting } from "../../src/ledger/transaction.js";
import type { Wallet } from "../../src/ledger/wallet.js";

/** `($1, $2), ($3, $4)` and so on, for rows of values; with the types of the columns where nothing else says them. */
function tuples(rows: readonly (readonly unknown[])[], types: readonly string[] = []): string {
  let parameter = 0;
  const typed = (index: number) => (types[index] === undefined ? "" : `::${types[index]}`);
  return rows
    .map((row) => `(${row.map((_, index) => `$${++parameter}${typed(index)}`).join(", ")})`)
    .join(", ");
}

async function insert(
  queryRunner: QueryRunner,
  into: string,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  await queryRunner.query(`insert into ${into} values ${tuples(rows)}`, rows.flat());
}

/** Takes the key. A second request with it waits here for the first, and fails. */
export async function insertKey(queryRunner: QueryRunner, claim: Claim): Promise<void> {
  const { key, caller, fingerprint, method, operationId } = claim;
  await queryRunner.query(
    `insert into idempotency_keys (key, caller, fingerprint, method, operation_id, create_time)
     values ($1, $2, $3, $4, $5, now())`,
    [key, caller, fingerprint, method, operationId],
  );
}

export async function insertTransaction(queryRunner: QueryRunner, plan: Posted): Promise<void> {
  const { transaction, postings } = plan;
  await insert(
    queryRunner,
    `transactions (id, type, state, asset, amount, source_wallet_id, destination_wallet_id, wallet_ids, posting_seqs,
       refused_reason, external_reference, description, metadata, initiated_by, on_behalf_of, request_id, create_time,
       post_time, position)`,
    [
      [
        transaction.id,
        transaction.type,
        transaction.state,
        transaction.asset,
        transaction.amount,
        transaction.sourceWalletId,
        transaction.destinationWalletId,
        postings.map(({ walletId }) => walletId),
        postings.map(({ postingSeq }) => postingSeq),
        transaction.refusedReason,
        transaction.externalReference,
        transaction.description,
        transaction.metadata,
        transaction.initiatedBy,
        transaction.onBehalfOf,
        transaction.requestId,
        toTimestamp(transaction.createTime),
        transaction.postTime === null ? null : toTimestamp(transaction.postTime),
        positionAt(transaction.createTime),
      ],
    ],
  );
}

/** Writes both wallets with one statement. */
export async function updateWallets(queryRunner: QueryRunner, wallets: readonly Wallet[]): Promise<void> {
  const rows = wallets.map((wallet) => [
    wallet.id,
    wallet.balance,
    wallet.version,
    wallet.postingSeq,
    toTimestamp(wallet.lastPostTime ?? wallet.updateTime),
    wallet.chainHead,
  ]);
  const types = ["uuid", "bigint", "bigint", "bigint", "timestamptz", "bytea"];
  await queryRunner.query(
    `update wallets w set balance = moved.balance, version = moved.version, posting_seq = moved.posting_seq,
       last_post_time = moved.post_time, chain_head = moved.chain_head, update_time = moved.post_time
     from (values ${tuples(rows, types)}) as moved (id, balance, version, posting_seq, post_time, chain_head)
     where w.id = moved.id`,
    rows.flat(),
  );
}

export async function insertPostings(queryRunner: QueryRunner, postings: readonly Posting[]): Promise<void> {
  await insert(
    queryRunner,
    `postings (wallet_id, posting_seq, transaction_id, asset, amount, balance_after, held_after, available_after,
       version, post_time, hash)`,
    postings.map((posting) => [
      posting.walletId,
      posting.postingSeq,
      posting.transactionId,
      posting.asset,
      posting.amount,
      posting.balanceAfter,
      posting.heldAfter,
      posting.availableAfter,
      posting.version,
      toTimestamp(posting.postTime),
      posting.hash,
    ]),
  );
}

export async function insertOutbox(
  queryRunner: QueryRunner,
  { transaction, postings }: Posted,
): Promise<void> {
  await insert(
    queryRunner,
    "outbox (id, aggregatetype, aggregateid, seq, type, payload, create_time)",
    postings.map((posting) => [
      uuidV7(),
      "wallet",
      posting.walletId,
      posting.version,
      "posting",
      {
        transaction_id: posting.transactionId,
        transaction_type: transaction.type,
        posting_seq: `${posting.postingSeq}`,
        asset: posting.asset,
        amount: `${posting.amount}`,
        balance: `${posting.balanceAfter}`,
        held: `${posting.heldAfter}`,
        available: `${posting.availableAfter}`,
      },
      toTimestamp(posting.postTime),
    ]),
  );
}

export async function insertAudit(queryRunner: QueryRunner, { command, transaction }: Posted): Promise<void> {
  const { caller, remoteAddress, method, operationId, requestId } = command.claim;
  await insert(
    queryRunner,
    "audit_log (id, kind, caller, on_behalf_of, remote_address, method, transaction_id, request_id, create_time)",
    [
      [
        operationId,
        "MOVEMENT",
        caller,
        transaction.onBehalfOf,
        remoteAddress,
        method,
        operationId,
        requestId,
        toTimestamp(transaction.createTime),
      ],
    ],
  );
}
