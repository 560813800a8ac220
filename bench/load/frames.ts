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
 * What is measured: transfers between random wallets, or top-ups of random wallets, all from one treasury; transfers
 * between some wallets that all want and many that few want, or between the same two, back and forth.
 */
export type Scenario = "uniform" | "hot treasury" | "zipf" | "ping-pong";

export const asset = "gold";
export const holders: readonly string[] = Array.from({ length: 1_000 }, (_, index) => holderOf(index));
/** The wallets that `zipf` draws from; `bench/many-wallets.ts` makes those beyond the first thousand. */
export const manyHolders = 100_000;
const framesMax = 4_096;
// A few frames again and again would be a few wallets again and again, however many there are.
const manyFrames = 65_536;

const { transfer, topUp } = WalletService.method;
const methods = { uniform: transfer, "hot treasury": topUp, zipf: transfer, "ping-pong": transfer };
const made = new Map<Scenario, readonly Buffer[]>();

export function holderOf(index: number): string {
  return `holder-${index}`;
}

export function pathOf(scenario: Scenario): string {
  return pathOfMethod(methods[scenario]);
}

export function pathOfMethod({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** Requests of a scenario as they go over the wire; made once. */
export function framesOf(scenario: Scenario): readonly Buffer[] {
  const frames = made.get(scenario) ?? pairsOf(scenario).map((pair) => framed(scenario, pair));
  made.set(scenario, frames);
  return frames;
}

function pairsOf(scenario: Scenario): Pair[] {
  if (scenario === "zipf") return Array.from({ length: manyFrames }, zipfPairs(manyHolders));
  const draw = scenario === "ping-pong" ? pingPongPair : () => uniformPair(holders.length);
  return Array.from({ length: framesMax }, (_, call) => draw(call));
}

function framed(scenario: Scenario, [from, to]: Pair): Buffer {
  const amount = { asset, units: 1n };
  if (scenario === "hot treasury") return frameOf(topUp.input, { wallet: ofHolder(to), amount });
  return frameOf(transfer.input, { source: ofHolder(from), destination: ofHolder(to), amount });
}

function ofHolder(index: number) {
  return { ref: { case: "holderId" as const, value: holderOf(index) } };
}

/** A message with gRPC's prefix: not compressed, and its length. */
export function frameOf<Desc extends DescMessage>(desc: Desc, init: MessageInitShape<Desc>): Buffer {
  const message = toBinary(desc, create(desc, init));
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
