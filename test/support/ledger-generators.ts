import fc from "fast-check";
import { v7 as uuidV7 } from "uuid";
import { amountMax, balanceMin } from "../../src/ledger/amount.js";
import { type Command, makeCommand } from "../../src/ledger/command.js";
import { movementFingerprint } from "../../src/ledger/fingerprint.js";
import { addressOfHolder, type SimpleMovement } from "../../src/ledger/movement.js";
import { type LedgerState, referenceKey } from "../../src/ledger/state.js";
import { floorOf, holderWalletId, unopenedWallet, type Wallet } from "../../src/ledger/wallet.js";
import { claimOf } from "./engine.js";

/** Everybody in a generated ledger. Some have a wallet, some have none yet, and `nobody` is not a holder at all. */
export const people = ["ann", "ben", "cay", "dot"] as const;

/** Mostly what lets a command through, sometimes one of the others. */
const mostly = <Usual, Other>(usual: Usual, ...others: Other[]) =>
  fc.oneof(
    { weight: 15, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const micros = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000n });
const smallOrHuge = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 1_000n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: amountMax - 1_000n, max: amountMax }) },
);

/** A wallet as the database could hold it: within 64 bits, at or above its floor. */
export function walletArbitrary(holderId: string): fc.Arbitrary<Wallet> {
  return fc
    .record({
      minBalance: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0n) },
        { weight: 1, arbitrary: fc.bigInt({ min: -1_000n, max: 1_000n }) },
        { weight: 1, arbitrary: fc.constant(balanceMin) },
      ),
      floorWaiver: fc.oneof({ weight: 4, arbitrary: fc.constant(0n) }, smallOrHuge),
      aboveFloor: smallOrHuge,
      held: fc.oneof({ weight: 2, arbitrary: fc.constant(0n) }, fc.bigInt({ min: 0n, max: 500n })),
      status: mostly("ACTIVE" as const, "FROZEN" as const, "CLOSED" as const),
      holderStatus: mostly("ACTIVE" as const, "SUSPENDED" as const),
      postingSeq: fc.bigInt({ min: 0n, max: 1_000n }),
      otherChanges: fc.bigInt({ min: 1n, max: 10n }),
      lastPostTime: fc.option(micros),
      chainHead: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    })
    .map(({ aboveFloor, otherChanges, ...given }): Wallet => {
      const wallet = { ...unopenedWallet(holderWalletId("gold", holderId), "gold", holderId, 0n), ...given };
      const balance = floorOf(wallet) + wallet.held + aboveFloor;
      const tooMuch = balance > amountMax;
      return {
        ...wallet,
        balance: tooMuch ? amountMax : balance,
        held: tooMuch ? 0n : wallet.held,
        version: wallet.postingSeq + otherChanges,
      } as Wallet;
    });
}

/** A locked state: an asset, some wallets, some holders without one, some references that are used. */
export const stateArbitrary: fc.Arbitrary<LedgerState> = fc
  .record({
    assetStatus: mostly("ACTIVE" as const, "FROZEN" as const),
    wallets: fc.tuple(...people.map((person) => fc.option(walletArbitrary(person), { freq: 6 }))),
    now: micros,
  })
  .map(({ assetStatus, wallets, now }) => ({
    assets: new Map([
      ["gold", { code: "gold", name: "Gold", scale: 0, status: assetStatus, createTime: 0n, updateTime: 0n }],
    ]),
    wallets: new Map(wallets.flatMap((wallet) => (wallet === null ? [] : [[wallet.id, wallet] as const]))),
    holders: new Map(people.map((person) => [person, "ACTIVE" as const])),
    holds: new Map(),
    refundTotals: new Map(),
    jobs: new Map(),
    references: new Map([[referenceKey("gold", "TRANSFER", "used"), uuidV7()]]),
    now,
  }));

/** A transfer between two different people, one of whom may not exist. */
export const transferArbitrary: fc.Arbitrary<SimpleMovement> = fc
  .record({
    parties: fc.oneof(
      { weight: 15, arbitrary: fc.shuffledSubarray([...people], { minLength: 2, maxLength: 2 }) },
      { weight: 1, arbitrary: fc.constantFrom(["ann", "nobody"], ["nobody", "ben"]) },
    ),
    amount: fc.oneof(
      { weight: 8, arbitrary: fc.bigInt({ min: 1n, max: 100n }) },
      { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 1_500n }) },
      { weight: 1, arbitrary: fc.bigInt({ min: amountMax - 1_000n, max: amountMax }) },
    ),
    subject: fc.constantFrom("source" as const, "destination" as const),
    expectedVersion: fc.oneof(
      { weight: 12, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 4n }) },
    ),
    externalReference: mostly("", "used", "free", "free"),
    validateOnly: mostly(false, true),
  })
  .map(({ parties: [from = "", to = ""], ...given }) => ({
    kind: "simple",
    type: "TRANSFER",
    asset: "gold",
    source: addressOfHolder("gold", from),
    destination: addressOfHolder("gold", to),
    job: null,
    description: "",
    metadata: [],
    ...given,
  }));

export const commandArbitrary: fc.Arbitrary<Command> = transferArbitrary.map(commandFor);

let commands = 0;

export function commandFor(movement: SimpleMovement): Command {
  return makeCommand(claimOf(`generated-${++commands}`, movementFingerprint("Transfer", movement)), movement);
}
