import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { type Pair, pingPongPair, uniformPair, zipfPairs } from "./pairs.js";

/**
 * Which calls a load is made of: transfers between random wallets, or top-ups of random wallets, all from one treasury;
 * transfers between some wallets that all want and many that few want, or between the same two, back and forth; or reads of
 * the balances of random wallets.
 */
export type Traffic = "uniform" | "hot treasury" | "zipf" | "ping-pong" | "balances";

export const asset = "gold";
export const holders: readonly string[] = Array.from({ length: 1_000 }, (_, index) => holderOf(index));
/** The wallets that `zipf` draws from; `bench/many-wallets.ts` makes those beyond the first thousand. */
export const manyHolders = 100_000;
/** gRPC's prefix of each message. */
export const prefixBytes = 5;
const unit = { asset, units: 1n };
const framesMax = 4_096;
// A few frames again and again would be a few wallets again and again, however many there are.
const manyFrames = 65_536;

const { transfer, topUp, getBalance } = WalletService.method;
const methods = {
  uniform: transfer,
  "hot treasury": topUp,
  zipf: transfer,
  "ping-pong": transfer,
  balances: getBalance,
};
const made = new Map<Traffic, readonly Buffer[]>();

export function holderOf(index: number): string {
  return `holder-${index}`;
}

/** Whether its calls have idempotency keys. */
export function movesValue(traffic: Traffic): boolean {
  return traffic !== "balances";
}

export function pathOf(traffic: Traffic): string {
  return pathOfMethod(methods[traffic]);
}

export function pathOfMethod({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** Requests as they go over the wire; made once. */
export function framesOf(traffic: Traffic): readonly Buffer[] {
  const frames = made.get(traffic) ?? pairsOf(traffic).map((pair) => requestOf(traffic, pair));
  made.set(traffic, frames);
  return frames;
}

function pairsOf(traffic: Traffic): Pair[] {
  if (traffic === "zipf") return Array.from({ length: manyFrames }, zipfPairs(manyHolders));
  const draw = traffic === "ping-pong" ? pingPongPair : () => uniformPair(holders.length);
  return Array.from({ length: framesMax }, (_, call) => draw(call));
}

function requestOf(traffic: Traffic, [from, to]: Pair): Buffer {
  if (traffic === "balances") return frameOf(getBalance.input, { wallet: ofHolder(from), asset });
  if (traffic === "hot treasury") return frameOf(topUp.input, { wallet: ofHolder(to), amount: unit });
  return frameOf(transfer.input, transferOf([from, to]));
}

/** A transfer of one unit. */
export function transferOf([from, to]: Pair) {
  return { source: ofHolder(from), destination: ofHolder(to), amount: unit };
}

/** The wallet of a holder, by the holder's number. */
export function ofHolder(index: number) {
  return { ref: { case: "holderId" as const, value: holderOf(index) } };
}

/** A message with gRPC's prefix: not compressed, and its length. */
export function frameOf<Desc extends DescMessage>(desc: Desc, init: MessageInitShape<Desc>): Buffer {
  return framed(toBinary(desc, create(desc, init)));
}

/** An encoded message with that prefix. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(prefixBytes + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}
