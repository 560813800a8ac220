import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WalletEvent } from "../../events/wallet-events.js";
import { WalletStatus } from "../../gen/wallet/v1/wallet_pb.js";
import type {
  HeartbeatSchema,
  WalletChangeSchema,
  WatchWalletResponseSchema,
} from "../../gen/wallet/v1/watch_pb.js";
import type { Caller } from "../access/caller.js";
import { encodeHold } from "./hold.js";
import { encodeBalance, encodeTime } from "./money.js";
import { encodePosting, encodeTransaction } from "./transaction.js";
import { encodeWallet } from "./wallet.js";

type WalletMessage = NonNullable<MessageInitShape<typeof WatchWalletResponseSchema>["event"]>;

/** What a watcher of a wallet is told. */
export function encodeWalletEvent(caller: Caller, event: WalletEvent): WalletMessage {
  if (event.kind === "snapshot") return { case: "snapshot", value: encodeWallet(event.wallet) };
  return { case: "change", value: encodeChange(caller, event) };
}

/** A sign of life. */
export function encodeHeartbeat(): { case: "heartbeat"; value: MessageInitShape<typeof HeartbeatSchema> } {
  return { case: "heartbeat", value: { time: encodeTime(BigInt(Date.now()) * 1_000n) } };
}

function encodeChange(
  caller: Caller,
  event: Extract<WalletEvent, { kind: "change" }>,
): MessageInitShape<typeof WalletChangeSchema> {
  const { walletId, balance, status, posted, hold, time } = event;
  const change = {
    walletId,
    balance: encodeBalance(balance),
    status: WalletStatus[status],
    changeTime: encodeTime(time),
    ...(hold !== null && { hold: encodeHold(hold) }),
  };
  if (posted === null) return change;
  const { posting, record } = posted;
  return {
    ...change,
    posting: encodePosting(posting),
    transaction: encodeTransaction(caller, record.transaction, record.postings),
  };
}
