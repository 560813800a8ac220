import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";

/**
 * What is measured: transfers between random wallets, top-ups of random wallets, all from one treasury, or reads of the
 * balances of random wallets.
 */
export type Scenario = "uniform" | "hot treasury" | "balances";

export const asset = "gold";
export const holders: readonly string[] = Array.from({ length: 1_000 }, (_, index) => `holder-${index}`);
const framesMax = 4_096;

const { transfer, topUp, getBalance } = WalletService.method;
const methods = { uniform: transfer, "hot treasury": topUp, balances: getBalance };

/** Whether its calls have idempotency keys. */
export function movesValue(scenario: Scenario): boolean {
  return scenario !== "balances";
}

export function pathOf(scenario: Scenario): string {
  return pathOfMethod(methods[scenario]);
}

export function pathOfMethod({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** Requests of a scenario as they go over the wire. */
export function framesOf(scenario: Scenario): Buffer[] {
  const amount = { asset, units: 1n };
  return Array.from({ length: framesMax }, () => {
    const from = Math.floor(Math.random() * holders.length);
    const to = (from + 1 + Math.floor(Math.random() * (holders.length - 1))) % holders.length;
    if (scenario === "balances") return frameOf(getBalance.input, { wallet: ofHolder(from), asset });
    if (scenario === "hot treasury") return frameOf(topUp.input, { wallet: ofHolder(to), amount });
    return frameOf(transfer.input, { source: ofHolder(from), destination: ofHolder(to), amount });
  });
}

function ofHolder(index: number) {
  return { ref: { case: "holderId" as const, value: holders[index] ?? "" } };
}

/** A message with gRPC's prefix: not compressed, and its length. */
export function frameOf<Desc extends DescMessage>(desc: Desc, init: MessageInitShape<Desc>): Buffer {
  return framed(toBinary(desc, create(desc, init)));
}

/** An encoded message with that prefix. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
